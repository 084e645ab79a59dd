import { parentPort, workerData } from "node:worker_threads";
import type { Pid } from "../base/units.ts";
import { explainBpfFailure, readBpfFacts } from "../os/bpf-obstacle.ts";
import { monotonicNow, wakePrecisely } from "../os/clock.ts";
import { askForShortTurns } from "../os/turns.ts";
import { findKernelStackObstacle } from "../os/kernel-stack.ts";
import { KernelSymbols } from "../os/kernel-symbols.ts";
import { noSamples } from "../profile/empty-block.ts";
import type { Block } from "../profile/tables.ts";
import { KernelClock } from "./capture/kernel/clock/kernel-clock.ts";
import { KernelExchange } from "./capture/kernel/kernel-exchange.ts";
import { KernelSource } from "./capture/kernel/kernel-source.ts";
import { PauseSource } from "./capture/pause/pause-source.ts";
import { describeFailure } from "./describe-failure.ts";
import type { ProcessTree } from "./process-tree.ts";
import { Sampler } from "./sampler.ts";
import { SessionControl } from "./session-control.ts";
import type { CaptureObstacle, SessionTotals } from "./session-options.ts";
import { type WorkerMessage, type WorkerSetup, weightOf } from "./worker-messages.ts";

/*
 * The thread that samples. It sleeps in the kernel between rounds rather than in Node's event loop, and nothing that the
 * main thread does (compressing, writing, drawing) delays it.
 */
const setup = workerData as WorkerSetup;
const control = new SessionControl(setup.control);
let dropped = 0;

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** The typed arrays of a block are handed over, not copied. */
function buffersOf({ samples, stacks }: Block): ArrayBuffer[] {
  const columns = [samples.time, samples.thread, samples.stack, samples.wall, samples.cpu, samples.state, samples.known, stacks.parent, stacks.frame];
  return columns.map((column) => (column as Int32Array<ArrayBuffer>).buffer);
}

/**
 * Sampling never waits for those who take the blocks. What waits for them is bounded: past that, samples are dropped and
 * counted; the tables are not, since what follows points into them.
 */
function deliver(block: Block, totals: Omit<SessionTotals, "dropped">): void {
  const isTooMuch = control.waiting() > setup.mostWaiting;
  if (isTooMuch) dropped += block.samples.length;
  const sent = isTooMuch ? { ...block, samples: noSamples } : block;
  control.addWaiting(weightOf(sent));
  send({ kind: "block", block: sent, totals: { ...totals, dropped } }, isTooMuch ? [] : buffersOf(sent));
}

/** Loads what the kernel needs to capture threads for us; the obstacle says why that cannot be. */
function openKernel({ source, kernelStacks, interval }: WorkerSetup): { source: KernelSource | null; obstacle: CaptureObstacle | null } {
  if (source === "remote") return { source: null, obstacle: null };
  if (source === "kernel-clock") {
    const started = KernelClock.load(interval);
    if (!started.ok) return { source: null, obstacle: explainBpfFailure(started.error, readBpfFacts()) };
    return { source: new KernelSource(started.value.exchange, true, kernelStacks, started.value.clock), obstacle: null };
  }
  const loaded = KernelExchange.load();
  if (!loaded.ok) return { source: null, obstacle: explainBpfFailure(loaded.error, readBpfFacts()) };
  return { source: new KernelSource(loaded.value, source === "kernel" || kernelStacks, kernelStacks), obstacle: null };
}

/** Why nothing could be sampled. */
function whyNot(tree: ProcessTree, pid: Pid): ReturnType<typeof describeFailure> {
  const { isRootAlive, rootFailure, hasMetPython, unreadable } = tree;
  if (setup.isOurs && !isRootAlive) {
    if (hasMetPython) return { code: "ended-early", message: "", hint: null };
    if (unreadable !== null) {
      const message = `the command ended, and could not be read while it ran: process ${unreadable} was another user's, or undumpable`;
      return { code: "no-permission", message, hint: "start all of it with the same rights: sudo lynceus run ..." };
    }
  }
  return describeFailure(pid, isRootAlive ? rootFailure : null, setup.isOurs ? "run" : "attach");
}

function sampleTarget(): void {
  wakePrecisely();
  askForShortTurns();
  const stackObstacle = setup.kernelStacks ? findKernelStackObstacle() : null;
  if (stackObstacle !== null) return send({ kind: "refused", code: "no-permission", ...stackObstacle });
  const kernel = openKernel(setup);
  if ((setup.source === "kernel" || setup.source === "kernel-clock") && kernel.obstacle !== null) {
    send({ kind: "refused", code: "no-permission", message: kernel.obstacle.message, hint: kernel.obstacle.hint });
    return;
  }
  // The kernel interrupts a thread for about a microsecond: where it can be asked, there is nothing to pause for.
  const isPausing = setup.pause === "always" || (setup.pause === "auto" && kernel.source === null);
  const pause = isPausing ? new PauseSource(setup.pause === "always") : null;
  const symbols = setup.kernelStacks && kernel.source !== null ? KernelSymbols.read() : null;
  send({ kind: "ready", mayPause: isPausing });
  kernel.source?.prepare();
  const pid = control.waitForTarget();
  const sampler = new Sampler(pid, setup, { kernel: kernel.source, pause, kernelStacks: setup.kernelStacks ? { symbols } : null });
  const giveUpAt = setup.startTimeout === null ? Number.POSITIVE_INFINITY : monotonicNow() + setup.startTimeout * 1e6;
  const isHopeless = (): boolean => !setup.isOurs && sampler.tree.rootFailure?.kind !== "not-initialised";
  const found = sampler.waitForPython(() => control.stopReason() ?? (isHopeless() || monotonicNow() >= giveUpAt ? "no Python" : null));
  if (!found) {
    send({ kind: "refused", ...whyNot(sampler.tree, pid) });
    sampler.tree.close();
    kernel.source?.close();
    return;
  }
  send({ kind: "began", startedAt: Date.now(), obstacle: kernel.obstacle });
  const stopAt = setup.exposure === null ? Number.POSITIVE_INFINITY : monotonicNow() + setup.exposure;
  const reason = sampler.run({
    stopReason: () => control.stopReason() ?? (monotonicNow() >= stopAt ? "time is up" : null),
    deliver,
  });
  kernel.source?.close();
  pause?.close();
  send({ kind: "ended", reason, pauses: pause === null ? null : { time: pause.time, obstacle: pause.obstacle } });
}

sampleTarget();
