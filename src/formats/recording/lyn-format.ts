import type { Format } from "../format.ts";
import { encodeRecording } from "./encode-recording.ts";
import { magic } from "./file-layout.ts";
import { readRecording } from "./read-recording.ts";

/** The recording itself: everything, whatever the options say. */
export const lynFormat: Format = {
  name: "lyn",
  title: "Lynceus recording",
  extensions: [".lyn"],
  isBinary: true,
  detect: (head) => magic.every((byte, index) => head[index] === byte),
  read: (source) => readRecording(source),
  write: (recording) => encodeRecording(recording),
};
