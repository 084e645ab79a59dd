import type { Recording } from "../../profile/tables.ts";
import { AustinStream, headOf } from "../austin/austin-stream.ts";
import type { WriteOptions } from "../format.ts";
import { samplerKey } from "./mojo-events.ts";
import { MojoRenderer } from "./mojo-renderer.ts";

/** MOJO, version 3: the samples of Austin's text, with columns, and with threads called by their names. */
export function* writeMojo(recording: Recording, options: WriteOptions): Generator<string | Uint8Array> {
  const metric = options.full ? "full" : "time";
  const stream = new AustinStream(options, metric, (tables) => new MojoRenderer(tables, metric, "names"));
  yield* stream.begin([...headOf(recording.meta, options, metric), [samplerKey, "lynceus"]]);
  for (const block of recording.blocks()) yield* stream.add(block);
  yield* stream.end(stream.tail(recording.isComplete));
}
