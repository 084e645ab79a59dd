import type { ByteSource } from "../../src/base/memory.ts";

/** Bytes as a file. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
