import type { Recording } from "../../profile/tables.ts";
import type { Codec } from "./codec.ts";
import { nodeCodec } from "./node-codec.ts";
import { RecordingWriter } from "./recording-writer.ts";

/** A whole recording as the bytes of a `.lyn`, piece by piece. An incomplete one stays incomplete. */
export function* encodeRecording(recording: Recording, codec: Codec = nodeCodec): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const writer = new RecordingWriter({ write: (bytes) => pieces.push(bytes), close: () => undefined }, recording.meta, codec);
  for (const block of recording.blocks()) {
    yield* pieces.splice(0);
    writer.add(block);
  }
  if (recording.isComplete) writer.finish();
  else writer.close();
  yield* pieces;
}
