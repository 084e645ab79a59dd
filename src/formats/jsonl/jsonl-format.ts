import type { Format } from "../format.ts";
import { readJsonl } from "./read-jsonl.ts";
import { writeJsonl } from "./write-jsonl.ts";

/** Everything, whatever the options say. */
export const jsonlFormat: Format = {
  name: "jsonl",
  title: "JSON Lines, everything in them",
  extensions: [".jsonl", ".ndjson"],
  isBinary: false,
  detect: (head) => /^\s*\{\s*"type"\s*:\s*"meta"\s*,/.test(new TextDecoder().decode(head)),
  read: readJsonl,
  write: writeJsonl,
};
