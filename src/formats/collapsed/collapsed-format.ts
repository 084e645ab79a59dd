import type { Format } from "../format.ts";
import { readCollapsed } from "./read-collapsed.ts";
import { writeCollapsed } from "./write-collapsed.ts";
import { compareCollapsed } from "./compare-collapsed.ts";

/** Obeys `mode`, `weight` and `showCollections`. */
export const collapsedFormat: Format = {
  name: "collapsed",
  title: "Collapsed stacks",
  extensions: [".collapsed", ".folded"],
  isBinary: false,
  detect: (head) => {
    const [line = ""] = new TextDecoder().decode(head).split("\n");
    // No line end: the first line may be longer than what is there of it.
    return /^[^\0]+ \d+(?:\.\d+)?\r?$/.test(line) || (head.length >= 4096 && !line.includes("\0") && line.length >= 1000 && line.includes(";"));
  },
  read: readCollapsed,
  write: writeCollapsed,
  compare: compareCollapsed,
};
