import type { Format } from "../format.ts";
import { WireType } from "../protobuf/message-writer.ts";
import { DataField, DictionaryField, KeyValueField, ResourceField, ResourceProfilesField, otlpRevision } from "./fields.ts";
import { readOtlp } from "./read-otlp.ts";
import { writeOtlp } from "./write-otlp.ts";

/** Obeys `mode`. */
export const otlpFormat: Format = {
  name: "otlp",
  title: `OTLP profiles (${otlpRevision})`,
  extensions: [".otlp"],
  isBinary: true,
  detect: isOtlp,
  read: readOtlp,
  write: writeOtlp,
};

/** There is no magic number: the first message has to hold the first message that belongs into it, and so on. */
function isOtlp(head: Uint8Array): boolean {
  const first = firstField(head);
  if (first?.field === DataField.dictionary) {
    const inner = firstField(first.content);
    return inner !== null && inner.field <= DictionaryField.stack && inner.content.length === 0;
  }
  if (first?.field !== DataField.resourceProfiles) return false;
  const resource = firstField(first.content);
  if (resource?.field === ResourceProfilesField.scopeProfiles) return (firstField(resource.content)?.field ?? 3) <= 2;
  if (resource?.field !== ResourceProfilesField.resource) return false;
  const attribute = firstField(resource.content);
  if (attribute?.field !== ResourceField.attribute) return false;
  const key = firstField(attribute.content);
  // Its name may be in the dictionary: then the value is what comes first.
  if (key?.field === KeyValueField.value) return true;
  return key?.field === KeyValueField.key && /^[\w.-]{1,200}$/.test(new TextDecoder().decode(key.content));
}

/** The first field of a message that may be cut anywhere, when it is one with a length; null when not. */
function firstField(bytes: Uint8Array): { readonly field: number; readonly content: Uint8Array } | null {
  const [tag = 0] = bytes;
  if ((tag & 7) !== WireType.length || tag >= 0x80 || tag < 8) return null;
  let length = 0;
  for (let at = 1; at < Math.min(bytes.length, 6); at++) {
    length += (bytes[at]! & 0x7f) * 128 ** (at - 1);
    if (bytes[at]! < 0x80) return { field: tag >> 3, content: bytes.subarray(at + 1, at + 1 + length) };
  }
  return null;
}
