import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount } from "../../base/units.ts";

const maxSize: ByteCount = 2 ** 30;

/** All of a file, since a message may refer forwards and back. Throws `bad-recording` above 1 GiB. */
export function readWhole(source: ByteSource): Uint8Array {
  if (source.size > maxSize) throw new LynceusError("bad-recording", "the file is larger than 1 GiB");
  return source.read(0, source.size);
}
