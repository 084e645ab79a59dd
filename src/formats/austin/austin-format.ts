import type { Format } from "../format.ts";
import { readAustin } from "./read-austin.ts";
import { writeAustin } from "./write-austin.ts";

const beginning = /^(?:# (?:austin|interval|mode|multiprocess|python): .*|P\d+;T(?:-?\d+:)?[^;]+[; ].*)(?:\r?\n|$)/;

/** Obeys `mode`, `showCollections` and `full`. */
export const austinFormat: Format = {
  name: "austin",
  title: "Austin text (version 3)",
  extensions: [".austin"],
  isBinary: false,
  detect: (head) => beginning.test(new TextDecoder().decode(head)),
  read: readAustin,
  write: writeAustin,
};
