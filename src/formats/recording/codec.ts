import type { ByteCount } from "../../base/units.ts";

/** Raw deflate (RFC 1951), as the platform has it: zlib in Node. A browser inflates by itself, see `split-recording.ts`. */
export interface Codec {
  deflate(bytes: Uint8Array): Uint8Array;
  /** Null when the bytes are damaged or would give more than `maxLength`. */
  inflate(bytes: Uint8Array, maxLength: ByteCount): Uint8Array | null;
}
