import type { ChildProcess } from "node:child_process";
import { hostname, release, type as systemType } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { assertNever } from "../base/assert-never.ts";
import { AsyncQueue } from "../base/async-queue.ts";
import { LynceusError } from "../base/errors.ts";
import type { Milliseconds } from "../base/units.ts";
import { checkAccess, checkMachine } from "../os/access.ts";
import { holdChildSignals } from "../os/child-signals.ts";
import { launch } from "../os/launch.ts";
import { isPythonCommand } from "../os/python-command.ts";
import { readCommandLine, readStat } from "../os/processes.ts";
import { type Sample, SampleReader } from "../profile/samples.ts";
import type { RecordingMeta } from "../profile/tables.ts";
import { version } from "../os/package-version.ts";
import { endedTooSoon } from "./describe-failure.ts";
import { EndedEarly } from "./ended-early.ts";
import { SessionControl } from "./session-control.ts";
import type { Session, SessionOptions, SessionOutcome, SessionTotals, SessionUpdate } from "./session-options.ts";
import { type WorkerMessage, type WorkerSetup, weightOf } from "./worker-messages.ts";

const killAfter: Milliseconds = 2000;

/** Starts the command or attaches, and resolves when the first sample is about to be taken. See `Session`. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { target, signal } = options;
  signal?.throwIfAborted();
  if (target.kind === "process") checkAccess(target.pid);
  else checkMachine();
  const control = new SessionControl();
  const worker = startWorker(options, control);
  let child: ChildProcess | null = null;
  let exit: ReturnType<typeof watchExit> | null = null;
  let releaseChildSignals = (): void => {};
  try {
    const { mayPause } = await nextMessage(worker, "ready", signal);
    if (target.kind === "command") {
      child = await launch(target.command, options.programOutput);
      options.onLaunch?.(child.pid!);
    }
    if (child !== null) exit = watchExit(child);
    const pid = target.kind === "process" ? target.pid : child!.pid!;
    if (mayPause && readStat(pid)?.parent === process.pid) {
      releaseChildSignals = holdChildSignals();
      // What came before has been dealt with when this comes back.
      await setImmediate();
    }
    control.setTarget(pid);
    const { startedAt, obstacle } = await nextMessage(worker, "began", signal);
    const meta = describe(options, target.kind === "command" ? target.command : readCommandLine(target.pid), startedAt);
    const updates = new AsyncQueue<SessionUpdate>(() => control.stop("nobody reads it any more"));
    const finished = follow(worker, updates, signal, control)
      .finally(releaseChildSignals)
      .then((ended) => conclude(ended, options, child, exit));
    // Whoever only reads learns of a failure there.
    finished.catch(() => {});
    return { meta, pid, obstacle, stop: (reason = "stopped") => control.stop(reason), finished, ...readers(updates, control, finished) };
  } catch (error) {
    if (child?.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await worker.terminate();
    releaseChildSignals();
    if (exit !== null && target.kind === "command" && isTooQuick(error, target.command)) throw new EndedEarly(await exit.ended);
    throw error;
  }
}

/** Whether a command ended by itself, and was Python as far as anything tells. */
function isTooQuick(error: unknown, command: readonly string[]): boolean {
  if (!(error instanceof LynceusError)) return false;
  return error.code === "ended-early" || (error.message === endedTooSoon && isPythonCommand(command));
}

/** The ways to read a session. One of them, and once. */
function readers(
  updates: AsyncQueue<SessionUpdate>,
  control: SessionControl,
  finished: Promise<SessionOutcome>,
): Pick<Session, "samples" | typeof Symbol.asyncIterator | typeof Symbol.asyncDispose> {
  let isRead = false;
  const read = async function* (): AsyncGenerator<SessionUpdate, void> {
    for await (const update of updates) {
      control.removeWaiting(weightOf(update.block));
      yield update;
    }
  };
  const readOnce = (): AsyncGenerator<SessionUpdate, void> => {
    if (isRead) throw new Error("a session can be read only once");
    isRead = true;
    return read();
  };
  const samples = async function* (all: AsyncIterable<SessionUpdate>): AsyncGenerator<Sample, void> {
    const reader = new SampleReader();
    for await (const { block } of all) yield* reader.read(block);
  };
  return {
    [Symbol.asyncIterator]: readOnce,
    samples: () => samples(readOnce()),
    [Symbol.asyncDispose]: async () => {
      await updates.return();
      await finished.catch(() => {});
    },
  };
}

type Exit = NonNullable<SessionOutcome["exit"]>;

function startWorker(options: SessionOptions, control: SessionControl): Worker {
  const { interval, processes, exposure, startTimeout, source, pause, kernelStacks, tasks, mostWaiting, notesMemory } = options;
  const isOurs = options.target.kind === "command";
  const workerData: WorkerSetup = {
    interval,
    processes,
    exposure,
    startTimeout,
    source,
    pause,
    kernelStacks,
    tasks,
    mostWaiting,
    notesMemory,
    control: control.buffer,
    isOurs,
  };
  // In development this file is TypeScript, and so is the worker.
  return new Worker(new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url), { workerData });
}

/** Waits for a message of this kind. Rejects with what the worker refuses for, or threw, and when it is aborted. */
function nextMessage<Kind extends WorkerMessage["kind"]>(
  worker: Worker,
  kind: Kind,
  signal: AbortSignal | null,
): Promise<Extract<WorkerMessage, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === kind) settle(() => resolve(message as Extract<WorkerMessage, { kind: Kind }>));
      else if (message.kind === "refused")
        settle(() => reject(new LynceusError(message.code, message.message, message.hint === null ? {} : { hint: message.hint })));
    };
    const onError = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => settle(() => reject(signal!.reason));
    const settle = (done: () => void): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      signal?.removeEventListener("abort", onAbort);
      done();
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
}

type Ended = Omit<SessionOutcome, "exit">;

/** Passes on what the worker sends until it has ended. Its updates end, or fail, together with what it returns. */
function follow(worker: Worker, updates: AsyncQueue<SessionUpdate>, signal: AbortSignal | null, control: SessionControl): Promise<Ended> {
  const onAbort = (): void => control.stop("aborted");
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort);
  const ended = new Promise<Ended>((resolve, reject) => {
    let totals: SessionTotals | null = null;
    worker.on("error", reject);
    worker.on("message", (message: WorkerMessage) => {
      switch (message.kind) {
        case "ready":
        case "began":
        case "refused":
          break;
        case "block":
          ({ totals } = message);
          updates.push({ block: message.block, totals });
          break;
        case "ended":
          resolve({ reason: message.reason, totals: totals!, pauses: message.pauses });
          break;
        default:
          assertNever(message);
      }
    });
  }).finally(() => signal?.removeEventListener("abort", onAbort));
  ended.then(
    () => (signal?.aborted === true ? updates.fail(signal.reason) : updates.end()),
    (error: unknown) => updates.fail(error),
  );
  return ended;
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

/** Says how the command ended; one that still runs is left alone, or ended when that was asked for. Rejects when it was aborted. */
async function conclude(ended: Ended, options: SessionOptions, child: ChildProcess | null, exit: ReturnType<typeof watchExit> | null): Promise<SessionOutcome> {
  const { signal } = options;
  if (child === null || exit === null) {
    signal?.throwIfAborted();
    return { ...ended, exit: null };
  }
  if (ended.reason === "the program ended") return { ...ended, exit: await exit.ended };
  if (exit.current === null && (options.killAtEnd || signal?.aborted === true)) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), killAfter);
    await exit.ended;
    clearTimeout(timer);
  }
  if (exit.current === null && options.waitAtEnd) await exit.ended;
  if (exit.current === null) child.unref();
  signal?.throwIfAborted();
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
