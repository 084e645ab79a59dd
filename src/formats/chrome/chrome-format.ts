import type { Format } from "../format.ts";
import { readChrome } from "./read-chrome.ts";
import { writeChrome } from "./write-chrome.ts";

/** Obeys `mode`. */
export const chromeFormat: Format = {
  name: "chrome",
  title: "Trace events of Chrome and Perfetto",
  extensions: [".trace.json", ".chrome.json"],
  isBinary: false,
  detect: (head) => {
    const text = new TextDecoder().decode(head);
    return (
      /^\ufeff?\s*(?:\{\s*"(?:traceEvents|displayTimeUnit|otherData|metadata)"\s*:|\[\s*\{[^]{0,3500}?"ph"\s*:\s*"[A-Za-z()]")/.test(text) ||
      text.includes('"traceEvents"')
    );
  },
  read: readChrome,
  write: writeChrome,
};
