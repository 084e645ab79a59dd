import { LynceusError } from "../../base/errors.ts";
import { openRecording } from "../open-recording.ts";
import { type Sample, type Wait, readSamples, readWaits } from "../../profile/samples.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { openInputFile } from "./input-file.ts";

/** A recording on disk. */
export interface RecordingFile extends Recording, Disposable {
  /** Every sample with its thread and its stack, in the order in which they were taken. */
  samples(): Iterable<Sample>;
  /** What the tasks of asyncio, greenlets and the like waited for. */
  waits(): Iterable<Wait>;
  /** Nothing can be read of it afterwards. A command that ends soon need not. */
  close(): void;
}

/**
 * A recording of any format that can be read. It is read piece by piece, as it is gone through. Throws `bad-recording`,
 * here or, as damage may be found late, from `blocks()`; readers know bytes and not files, so the name is added here.
 */
export function openRecordingFile(path: string): RecordingFile {
  const file = openInputFile(path);
  try {
    const recording = openRecording(file);
    const blocks = (): Generator<Block> => namedBlocks(path, recording);
    const close = (): void => file.close();
    return {
      meta: recording.meta,
      isComplete: recording.isComplete,
      blocks,
      samples: () => readSamples(blocks()),
      waits: () => readWaits(blocks()),
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    file.close();
    throw withName(path, error);
  }
}

function* namedBlocks(path: string, recording: Recording): Generator<Block> {
  try {
    yield* recording.blocks();
  } catch (error) {
    throw withName(path, error);
  }
}

function withName(path: string, error: unknown): unknown {
  if (!(error instanceof LynceusError) || error.message.startsWith("cannot read ")) return error;
  return new LynceusError(error.code, `cannot read ${path}: ${error.message}`, error.hint === null ? { cause: error } : { cause: error, hint: error.hint });
}
