import { LynceusError } from "../../src/base/errors.ts";
import { assembleRecording, splitRecording, type StoredPart } from "../../src/formats/recording/split-recording.ts";
import { loadProfile, type Profile } from "../../src/profile/profile.ts";
import { nextTask } from "./embedded-recording.ts";
import { inflateRaw } from "./inflate.ts";

/** The whole of a `.lyn`. `onProgress` gets shares from 0 to 1. Throws LynceusError "bad-recording". */
export async function openRecording(bytes: Uint8Array, onProgress: (share: number) => void = () => {}): Promise<Profile> {
  const split = splitRecording(bytes);
  const meta = await inflatePart(split.meta);
  const blocks: Uint8Array[] = [];
  for (const part of split.blocks) {
    blocks.push(await inflatePart(part));
    onProgress(blocks.length / split.blocks.length);
    if (blocks.length % 16 === 0) await nextTask();
  }
  return loadProfile(assembleRecording(split, meta, blocks));
}

async function inflatePart(part: StoredPart): Promise<Uint8Array> {
  const raw = await inflateRaw(part.stored, part.rawLength);
  if (raw === null || raw.length !== part.rawLength) throw new LynceusError("bad-recording", "a part of the recording does not unpack");
  return raw;
}
