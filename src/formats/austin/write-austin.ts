import type { Recording } from "../../profile/tables.ts";
import type { WriteOptions } from "../format.ts";
import { AustinStream, headOf } from "./austin-stream.ts";
import { TextRenderer } from "./text-renderer.ts";

/** Austin's text, as version 3 wrote it: a line per sample, its time in microseconds. */
export function* writeAustin(recording: Recording, options: WriteOptions): Generator<string | Uint8Array> {
  const metric = options.full ? "full" : "time";
  const stream = new AustinStream(options, metric, (tables) => new TextRenderer(tables, metric));
  yield* stream.begin(headOf(recording.meta, options, metric));
  for (const block of recording.blocks()) yield* stream.add(block);
  yield* stream.end(stream.tail(recording.isComplete));
}
