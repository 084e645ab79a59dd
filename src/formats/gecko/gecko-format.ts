import type { Format } from "../format.ts";
import { readGecko } from "./read-gecko.ts";
import { writeGecko } from "./write-gecko.ts";

/** Obeys `mode`. */
export const geckoFormat: Format = {
  name: "gecko",
  title: "Firefox Profiler",
  extensions: [".gecko.json", ".firefox.json"],
  isBinary: false,
  detect: (head) =>
    /^\ufeff?\s*\{\s*"(?:meta|libs)"\s*:\s*[{[][^]*"(?:categories|preprocessedProfileVersion|stackwalk|processType|startTime)"\s*:/.test(
      new TextDecoder().decode(head),
    ),
  read: readGecko,
  write: writeGecko,
};
