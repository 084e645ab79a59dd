import type { ByteCount, Milliseconds, Nanoseconds, Pid } from "../base/units.ts";
import type { ProgramOutput } from "../os/launch.ts";
import type { Sample } from "../profile/samples.ts";
import type { Block, RecordingMeta } from "../profile/tables.ts";

export type SessionTarget = { readonly kind: "process"; readonly pid: Pid } | { readonly kind: "command"; readonly command: readonly string[] };

export interface SessionOptions {
  readonly target: SessionTarget;
  readonly interval: Nanoseconds;
  /**
   * How running threads are captured. "auto": by a copy from outside that proves itself, and where it does not, by the
   * kernel if that is allowed. "remote": never by the kernel. "kernel": always by it; rejects with `no-permission` where it is not allowed.
   * "kernel-clock": by it too, at the ticks of a clock that each thread gets, while the sampler sleeps; threads on no CPU are looked at 50 times a second.
   */
  readonly source: "auto" | "remote" | "kernel" | "kernel-clock";
  /**
   * Whether running threads are stopped for a moment when nothing else gives their stack. "auto": where the kernel cannot be
   * asked, for at most 1 % of the time. "always": every running thread, for each sample. While a session that may pause
   * runs, Node learns of the end of our children only at its end.
   */
  readonly pause: "never" | "auto" | "always";
  /**
   * What threads do in the kernel, too: as frames above the newest Python frame. Running threads are then captured by the kernel
   * where that is allowed, as nothing else knows it of them. Rejects with `no-permission` without root.
   */
  readonly kernelStacks: boolean;
  /** Tasks of asyncio, greenlet, trio and curio, too: which one runs, and where the others wait. */
  readonly tasks: boolean;
  /** What the recording is for; everything is recorded in every mode, views filter by it. */
  readonly mode: RecordingMeta["mode"];
  /** Stop by itself after this time. Null: when the target ends. */
  readonly exposure: Nanoseconds | null;
  /** A target that we started is ended (SIGTERM, then SIGKILL after 2 s) when the exposure is over, else left running. */
  readonly killAtEnd: boolean;
  /** `finished` waits for the end of a target that we started, however sampling ended. */
  readonly waitAtEnd: boolean;
  /** Where what a program that we start writes to its stdout goes: where ours goes, nowhere, or where our stderr goes. */
  readonly programOutput: ProgramOutput;
  /** Note how much memory each process has resident, in every round. */
  readonly notesMemory: boolean;
  /** "outermost": Python processes below the target that have no Python ancestor in it. "all": every one (`-C`). */
  readonly processes: "outermost" | "all";
  /**
   * How long to wait for a Python interpreter to show up in a command that we start before giving up and ending it.
   * Null: as long as it runs.
   */
  readonly startTimeout: Milliseconds | null;
  /**
   * Sampling never waits for those who read the session. When samples of about this size wait for them, further ones are
   * dropped, and counted (`SessionTotals.dropped`).
   */
  readonly mostWaiting: ByteCount;
  /** Aborting it ends sampling and a command that we started; what is waited for rejects with its reason. Null: nobody aborts. */
  readonly signal: AbortSignal | null;
  /** The command was started; no interpreter has shown up in it yet. Null: nobody wants to know. */
  readonly onLaunch: ((pid: Pid) => void) | null;
}

/** What `attach()` and `run()` do when nothing else is said: the defaults of the command line too. */
export const defaultSessionOptions: Omit<SessionOptions, "target"> = {
  interval: 1e6,
  source: "auto",
  pause: "auto",
  kernelStacks: false,
  tasks: true,
  mode: "wall",
  exposure: null,
  killAtEnd: false,
  waitAtEnd: false,
  programOutput: "stdout",
  notesMemory: false,
  processes: "outermost",
  startTimeout: null,
  mostWaiting: 2 ** 28,
  signal: null,
  onLaunch: null,
};

/** What keeps the kernel from capturing threads for us: one neutral sentence, and what to do about it if anything. */
export interface CaptureObstacle {
  readonly message: string;
  readonly hint: string | null;
}

/** Running totals, for the progress line and the summary. */
export interface SessionTotals {
  readonly duration: Nanoseconds;
  readonly samples: number;
  readonly roundsDue: number;
  readonly roundsLate: number;
  /** Time spent taking samples: all of it, that of the shortest round and that of the longest. */
  readonly busy: Nanoseconds;
  readonly shortestRound: Nanoseconds;
  readonly longestRound: Nanoseconds;
  readonly verified: number;
  readonly exact: number;
  readonly paused: number;
  readonly partial: number;
  readonly lost: number;
  /** Not in any block: they were taken, but nobody took them from us. */
  readonly dropped: number;
  readonly processes: number;
  /** Python processes below those that are recorded, met so far: `processes: "all"` would have them. */
  readonly unrecorded: number;
  readonly threads: number;
}

/** What was sampled since the update before; about twice a second, and at the end. */
export interface SessionUpdate {
  /** What the tables grew by, and the samples. */
  readonly block: Block;
  readonly totals: SessionTotals;
}

/** What became of the option `pause`. */
export interface PauseOutcome {
  /** So long some thread was held, all in all. */
  readonly time: Nanoseconds;
  /** Why some thread could not be paused: a neutral sentence. Null: all could, as far as we tried. */
  readonly obstacle: string | null;
}

export interface SessionOutcome {
  /** Why it ended, as in `RecordingEnd.reason`. */
  readonly reason: string;
  readonly totals: SessionTotals;
  /** Null: nothing was to be paused. */
  readonly pauses: PauseOutcome | null;
  /** How the command we started ended; null while it still runs, or when we attached. */
  readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null;
}

/**
 * A recording in the making. It is read once, as updates or as samples, by one loop; leaving the loop ends sampling.
 *
 *   const session = await attach(812);              // rejects with LynceusError: no such process, not Python ...
 *   for await (const { thread, stack } of session.samples()) ...
 *   const { reason, totals } = await session.finished;
 */
export interface Session extends AsyncIterable<SessionUpdate>, AsyncDisposable {
  readonly meta: RecordingMeta;
  /** The process that was asked for: attached to, or started by us. It names outputs (`%(pid)`) and is sent the signals meant for it. */
  readonly pid: Pid;
  /** Under "auto": why the kernel could not be asked for what a copy did not prove. Null: it could. */
  readonly obstacle: CaptureObstacle | null;
  /** Ends sampling: what was sampled until then still comes, and `finished` resolves. Calling it again does nothing. */
  stop(reason?: string): void;
  /** With the names of threads and stacks, one by one. */
  samples(): AsyncGenerator<Sample, void>;
  /** Sampling is over; what was sampled may still wait to be read. Rejects for bugs, and when it was aborted. */
  readonly finished: Promise<SessionOutcome>;
}
