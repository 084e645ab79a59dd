import { parentPort, workerData } from "node:worker_threads";
import { monotonicNow, wakePrecisely } from "../os/clock.ts";
import type { Block } from "../profile/tables.ts";
import { describeFailure } from "./describe-failure.ts";
import { Sampler } from "./sampler.ts";
import { SessionControl } from "./session-control.ts";
import type { WorkerMessage, WorkerSetup } from "./worker-messages.ts";

/*
 * The thread that samples. It sleeps in the kernel between rounds rather than in Node's event loop, and nothing that the
 * main thread does (compressing, writing, drawing) delays it.
 */
const setup = workerData as WorkerSetup;
const control = new SessionControl(setup.control);

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** The typed arrays of a block are handed over, not copied. */
function buffersOf({ samples, stacks }: Block): ArrayBuffer[] {
  const columns = [samples.time, samples.thread, samples.stack, samples.wall, samples.cpu, samples.state, samples.known, stacks.parent, stacks.frame];
  return columns.map((column) => (column as Int32Array<ArrayBuffer>).buffer);
}

function sampleTarget(): void {
  wakePrecisely();
  const pid = control.waitForTarget();
  const sampler = new Sampler(pid, setup);
  const giveUpAt = setup.startTimeout === null ? Number.POSITIVE_INFINITY : monotonicNow() + setup.startTimeout * 1e6;
  const isHopeless = (): boolean => !setup.isOurs && sampler.tree.rootFailure?.kind !== "not-initialised";
  const found = sampler.waitForPython(() => control.stopReason() ?? (isHopeless() || monotonicNow() >= giveUpAt ? "no Python" : null));
  if (!found) {
    send({ kind: "refused", ...describeFailure(pid, sampler.tree.isRootAlive ? sampler.tree.rootFailure : null, setup.isOurs) });
    sampler.tree.close();
    return;
  }
  send({ kind: "began", startedAt: Date.now() });
  const stopAt = setup.exposure === null ? Number.POSITIVE_INFINITY : monotonicNow() + setup.exposure;
  const reason = sampler.run({
    stopReason: () => control.stopReason() ?? (monotonicNow() >= stopAt ? "time is up" : null),
    deliver: (block, totals) => send({ kind: "block", block, totals }, buffersOf(block)),
  });
  send({ kind: "ended", reason });
}

send({ kind: "ready" });
sampleTarget();
