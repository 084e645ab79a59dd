import type { ChildProcess } from "node:child_process";
import { hostname, release, type as systemType } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { assertNever } from "../base/assert-never.ts";
import { LynceusError } from "../base/errors.ts";
import type { Milliseconds } from "../base/units.ts";
import { checkAccess } from "../os/access.ts";
import { holdChildSignals } from "../os/child-signals.ts";
import { launch } from "../os/launch.ts";
import { readCommandLine, readStat } from "../os/processes.ts";
import type { RecordingMeta } from "../profile/tables.ts";
import { version } from "../os/package-version.ts";
import { SessionControl } from "./session-control.ts";
import type { Session, SessionListener, SessionOptions, SessionOutcome, SessionTotals } from "./session-options.ts";
import type { WorkerMessage, WorkerSetup } from "./worker-messages.ts";

const killAfter: Milliseconds = 2000;

/** Starts the command or attaches, and resolves when the first sample is about to be taken. See `Session`. */
export async function startSession(options: SessionOptions, listener: SessionListener): Promise<Session> {
  const { target } = options;
  if (target.kind === "process") checkAccess(target.pid);
  const control = new SessionControl();
  const worker = startWorker(options, control);
  let child: ChildProcess | null = null;
  let releaseChildSignals = (): void => {};
  try {
    const { mayPause } = await nextMessage(worker, "ready");
    if (target.kind === "command") {
      child = await launch(target.command);
      listener.onLaunch?.(child.pid!);
    }
    const exit = child === null ? null : watchExit(child);
    const pid = target.kind === "process" ? target.pid : child!.pid!;
    if (mayPause && readStat(pid)?.parent === process.pid) {
      releaseChildSignals = holdChildSignals();
      // What came before has been dealt with when this comes back.
      await setImmediate();
    }
    control.setTarget(pid);
    const { startedAt, obstacle } = await nextMessage(worker, "began");
    const meta = describe(options, target.kind === "command" ? target.command : readCommandLine(target.pid), startedAt);
    return {
      meta,
      pid,
      obstacle,
      stop: (reason) => control.stop(reason),
      finished: follow(worker, control, listener)
        .finally(releaseChildSignals)
        .then((ended) => conclude(ended, options, child, exit)),
    };
  } catch (error) {
    if (child?.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await worker.terminate();
    releaseChildSignals();
    throw error;
  }
}

type Exit = NonNullable<SessionOutcome["exit"]>;

function startWorker(options: SessionOptions, control: SessionControl): Worker {
  const { interval, processes, exposure, startTimeout, source, pause } = options;
  const isOurs = options.target.kind === "command";
  const workerData: WorkerSetup = { interval, processes, exposure, startTimeout, source, pause, control: control.buffer, isOurs };
  // In development this file is TypeScript, and so is the worker.
  return new Worker(new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url), { workerData });
}

/** Waits for a message of this kind. Rejects with what the worker refuses for, or threw. */
function nextMessage<Kind extends WorkerMessage["kind"]>(worker: Worker, kind: Kind): Promise<Extract<WorkerMessage, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === kind) settle(() => resolve(message as Extract<WorkerMessage, { kind: Kind }>));
      else if (message.kind === "refused")
        settle(() => reject(new LynceusError(message.code, message.message, message.hint === null ? {} : { hint: message.hint })));
    };
    const onError = (error: unknown): void => settle(() => reject(error));
    const settle = (done: () => void): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      done();
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
  });
}

type Ended = Omit<SessionOutcome, "exit">;

/** Passes on what the worker sends until it has ended. When the listener throws, sampling stops and that is what it rejects with. */
function follow(worker: Worker, control: SessionControl, listener: SessionListener): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let totals: SessionTotals | null = null;
    let failure: { error: unknown } | null = null;
    worker.on("error", reject);
    worker.on("message", (message: WorkerMessage) => {
      switch (message.kind) {
        case "ready":
        case "began":
        case "refused":
          break;
        case "block":
          totals = message.totals;
          if (failure !== null) break;
          try {
            listener.onBlock(message.block);
            listener.onProgress(totals);
          } catch (error) {
            failure = { error };
            control.stop("a listener failed");
          }
          break;
        case "ended":
          if (failure !== null) reject(failure.error);
          else resolve({ reason: message.reason, totals: totals!, pauses: message.pauses });
          break;
        default:
          assertNever(message);
      }
    });
  });
}

function watchExit(child: ChildProcess): { readonly ended: Promise<Exit>; current: Exit | null } {
  const watch: { ended: Promise<Exit>; current: Exit | null } = {
    current: null,
    ended: new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        watch.current = { code, signal };
        resolve(watch.current);
      });
    }),
  };
  return watch;
}

/** Says how the command ended; one that still runs is left alone, or ended when that was asked for. */
async function conclude(ended: Ended, options: SessionOptions, child: ChildProcess | null, exit: ReturnType<typeof watchExit> | null): Promise<SessionOutcome> {
  if (child === null || exit === null) return { ...ended, exit: null };
  if (ended.reason === "the program ended") return { ...ended, exit: await exit.ended };
  if (exit.current === null && options.killAtEnd) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), killAfter);
    await exit.ended;
    clearTimeout(timer);
  }
  if (exit.current === null) child.unref();
  return { ...ended, exit: exit.current };
}

function describe(options: SessionOptions, command: readonly string[], startedAt: Milliseconds): RecordingMeta {
  return {
    creator: `lynceus ${version}`,
    startedAt,
    interval: options.interval,
    mode: options.mode,
    command,
    host: hostname(),
    system: `${systemType()} ${release()} ${process.arch}`,
    extra: {},
  };
}
