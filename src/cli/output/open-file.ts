import { LynceusError } from "../../base/errors.ts";
import { openRecording } from "../../formats/open-recording.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { openInputFile } from "./input-file.ts";

/**
 * A recording of any format that can be read. The file stays open as long as the program runs. Throws `bad-recording`,
 * here or, as damage may be found late, from `blocks()`; readers know bytes and not files, so the name is added here.
 */
export function openRecordingFile(path: string): Recording {
  try {
    const recording = openRecording(openInputFile(path));
    return { meta: recording.meta, isComplete: recording.isComplete, blocks: () => namedBlocks(path, recording) };
  } catch (error) {
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
