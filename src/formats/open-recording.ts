import { LynceusError } from "../base/errors.ts";
import type { ByteSource } from "../base/memory.ts";
import type { Recording } from "../profile/tables.ts";
import type { Format } from "./format.ts";
import { gunzipSource, isGzip } from "./gzip.ts";
import { formats } from "./registry.ts";

const headSize = 4096;

/**
 * Any file that some format can read, gzipped or not, told by its contents; `format` overrides that.
 * The source must stay readable as long as the recording is used. Throws `bad-recording`.
 */
export function openRecording(source: ByteSource, format: Format | null = null): Recording {
  if (source.size === 0) throw new LynceusError("bad-recording", "the file is empty");
  const unpacked = isGzip(source.read(0, 2)) ? gunzipSource(source) : source;
  const head = unpacked.read(0, headSize);
  const found = format ?? formats.find(({ read, detect }) => read !== null && detect(head)) ?? null;
  if (found === null) throw new LynceusError("bad-recording", "this is no recording of a known format", { hint: `known formats: ${readable()}` });
  if (found.read === null)
    throw new LynceusError("bad-recording", `the format ${found.name} can be written but not read`, { hint: `formats that can be read: ${readable()}` });
  return found.read(unpacked);
}

function readable(): string {
  return formats
    .filter(({ read }) => read !== null)
    .map(({ name }) => name)
    .join(", ");
}
