import { StableTables } from "../../profile/stable-blocks.ts";
import type { Block } from "../../profile/tables.ts";
import type { Session, SessionOutcome, SessionTarget } from "../../sampler/session-options.ts";
import type { RunOptions } from "../../sampler/start.ts";
import { abortedExitCode } from "../exit-codes.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { leave } from "../leave.ts";
import { StreamSink } from "../output/stream-sink.ts";

type Pieces = Iterable<string | Uint8Array>;

/** A file in the making. */
export interface LiveFile {
  /** The first block is the first that knows of a process. */
  begin(session: Session, first: Block): Pieces;
  add(block: Block): Pieces;
  end(outcome: SessionOutcome): Pieces;
}

/**
 * Records into one file, or stdout for "-", that its reader sees grow, half a second at a time. Ctrl-C and the like go to a
 * program that we started, and end the recording of one that we attached to; a second one ends both. Throws LynceusError.
 */
export async function recordLive(target: SessionTarget, options: RunOptions, pathOf: (session: Session) => string, file: LiveFile): Promise<SessionOutcome> {
  const { attach, run } = await import("../../sampler/start.ts");
  const isRun = target.kind === "command";
  let session: Session | null = null;
  const interrupts = listenForInterrupts(() => void leave(abortedExitCode));
  let sink: StreamSink | null = null;
  try {
    const begun = await (isRun ? run(target.command, { ...options, onLaunch: (pid) => interrupts.launched(pid) }) : attach(target.pid, options));
    session = begun;
    const out = new StreamSink([pathOf(begun)], () => begun.stop("the reader of the output went away"));
    sink = out;
    interrupts.begin({ target: isRun ? begun.pid : null, stop: () => begun.stop("interrupted") });
    const write = (pieces: Pieces): void => {
      for (const piece of pieces) out.write(typeof piece === "string" ? Buffer.from(piece, "utf8") : piece);
    };
    const tables = new StableTables();
    let hasBegun = false;
    for await (const update of begun) {
      const block = tables.translate(update.block);
      if (!hasBegun) write(file.begin(begun, block));
      hasBegun = true;
      write(file.add(block));
    }
    const outcome = await begun.finished;
    write(file.end(outcome));
    return outcome;
  } catch (error) {
    session?.stop("an error");
    await session?.finished.catch(() => {});
    throw error;
  } finally {
    sink?.close();
    interrupts.close();
  }
}
