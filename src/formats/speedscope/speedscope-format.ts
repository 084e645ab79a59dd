import type { Format } from "../format.ts";
import { readSpeedscope } from "./read-speedscope.ts";
import { schema, writeSpeedscope } from "./write-speedscope.ts";

/** Obeys `mode`. */
export const speedscopeFormat: Format = {
  name: "speedscope",
  title: "speedscope",
  extensions: [".speedscope.json", ".speedscope"],
  isBinary: false,
  detect: (head) => new TextDecoder().decode(head).includes(schema),
  read: readSpeedscope,
  write: writeSpeedscope,
};
