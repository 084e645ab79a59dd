import type { Milliseconds, Nanoseconds, Pid } from "../base/units.ts";
import type { Block, RecordingMeta } from "../profile/tables.ts";

export type SessionTarget = { readonly kind: "process"; readonly pid: Pid } | { readonly kind: "command"; readonly command: readonly string[] };

export interface SessionOptions {
  readonly target: SessionTarget;
  readonly interval: Nanoseconds;
  /**
   * How running threads are captured. "auto": by a copy from outside that proves itself, and where it does not, by the
   * kernel if that is allowed. "remote": never by the kernel. "kernel": always by it; rejects with `no-permission` where it is not allowed.
   */
  readonly source: "auto" | "remote" | "kernel";
  /**
   * Whether running threads are stopped for a moment when nothing else gives their stack. "auto": where the kernel cannot be
   * asked, for at most 1 % of the time. "always": every running thread, for each sample. While a session that may pause
   * runs, Node learns of the end of our children only at its end.
   */
  readonly pause: "never" | "auto" | "always";
  /** What the recording is for; everything is recorded in every mode, views filter by it. */
  readonly mode: RecordingMeta["mode"];
  /** Stop by itself after this time. Null: when the target ends. */
  readonly exposure: Nanoseconds | null;
  /** A target that we started is ended (SIGTERM, then SIGKILL after 2 s) when the exposure is over, else left running. */
  readonly killAtEnd: boolean;
  /** "outermost": Python processes below the target that have no Python ancestor in it. "all": every one (`-C`). */
  readonly processes: "outermost" | "all";
  /**
   * How long to wait for a Python interpreter to show up in a command that we start before giving up and ending it.
   * Null: as long as it runs.
   */
  readonly startTimeout: Milliseconds | null;
}

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
  readonly verified: number;
  readonly exact: number;
  readonly paused: number;
  readonly partial: number;
  readonly lost: number;
  readonly processes: number;
  readonly threads: number;
}

/** What the session tells while it runs. Called on the main thread. */
export interface SessionListener {
  /** The command was started; no interpreter has shown up in it yet. */
  onLaunch?(pid: Pid): void;
  /** The tables grew. Blocks come about twice a second and at the end; keep none of them longer than needed. */
  onBlock(block: Block): void;
  onProgress(totals: SessionTotals): void;
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
 * A recording in the making.
 *
 *   const session = await startSession(options, listener);   // rejects with LynceusError: no such process, not Python ...
 *   writer = openRecording(session.meta);                    // before the first block is delivered
 *   process.on("SIGINT", () => session.stop("interrupted"));
 *   const outcome = await session.finished;                  // after the last block has been delivered
 */
export interface Session {
  readonly meta: RecordingMeta;
  /** The process that was asked for: attached to, or started by us. It names outputs (`%(pid)`) and is sent the signals meant for it. */
  readonly pid: Pid;
  /** Under "auto": why the kernel could not be asked for what a copy did not prove. Null: it could. */
  readonly obstacle: CaptureObstacle | null;
  /** Ends sampling; `finished` resolves soon after. Calling it again does nothing. */
  stop(reason: string): void;
  /** Rejects only for bugs and for what a listener threw (a full disk). */
  readonly finished: Promise<SessionOutcome>;
}
