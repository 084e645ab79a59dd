import type { Format } from "../format.ts";
import { MessageReader } from "../protobuf/message-reader.ts";
import { WireType } from "../protobuf/message-writer.ts";
import { ProfileField, ValueTypeField } from "./fields.ts";
import { readPprof } from "./read-pprof.ts";
import { writePprof } from "./write-pprof.ts";

/** Obeys `mode`. */
export const pprofFormat: Format = {
  name: "pprof",
  title: "pprof (profile.proto)",
  extensions: [".pb.gz", ".pprof", ".pb"],
  plainExtensions: [".pb"],
  isBinary: true,
  detect: isPprof,
  read: readPprof,
  write: writePprof,
};

/** There is no magic number: the fields that are whole have to be those of a profile, and a sample type among them. */
function isPprof(head: Uint8Array): boolean {
  let sampleTypes = 0;
  try {
    for (const reader = new MessageReader(head); reader.next();) {
      if (reader.field > 15) return false;
      if (reader.field <= ProfileField.string !== (reader.wireType === WireType.length) && !numberOrMessage.has(reader.field)) return false;
      if (reader.field === ProfileField.sampleType && !isValueType(reader.message())) return false;
      if (reader.field === ProfileField.sampleType) sampleTypes++;
    }
  } catch {
    // The head ends inside of a field.
  }
  return sampleTypes > 0;
}

/** A message, and one that may be packed, among those that are numbers. */
const numberOrMessage: ReadonlySet<number> = new Set([ProfileField.periodType, ProfileField.comment]);

function isValueType(reader: MessageReader): boolean {
  while (reader.next()) {
    if (reader.wireType !== WireType.varint || (reader.field !== ValueTypeField.type && reader.field !== ValueTypeField.unit)) return false;
  }
  return true;
}
