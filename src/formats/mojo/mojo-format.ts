import type { Format } from "../format.ts";
import { mojoMagic } from "./mojo-events.ts";
import { readMojo } from "./read-mojo.ts";
import { writeMojo } from "./write-mojo.ts";

/** Obeys `mode`, `showCollections` and `full`. Echion calls its files `.echion`. */
export const mojoFormat: Format = {
  name: "mojo",
  title: "MOJO (binary of Austin and Echion, version 3)",
  extensions: [".mojo", ".echion"],
  isBinary: true,
  detect: (head) => mojoMagic.every((byte, at) => head[at] === byte),
  read: readMojo,
  write: writeMojo,
};
