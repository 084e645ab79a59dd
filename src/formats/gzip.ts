import { gunzipSync, gzipSync } from "node:zlib";
import { LynceusError } from "../base/errors.ts";
import type { ByteSource } from "../base/memory.ts";
import type { ByteCount } from "../base/units.ts";
import { bytesSource } from "./recording/byte-source.ts";

const encoder = new TextEncoder();
const pieceSize: ByteCount = 2 ** 20;
const maxUnpacked: ByteCount = 2 ** 30;

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** A `.gz` of the pieces: one member per MiB, which RFC 1952 allows and every reader joins; so memory stays bounded. */
export function* gzipPieces(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length: ByteCount = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    // The maker of a piece may use its bytes again.
    pending.push(typeof piece === "string" ? bytes : bytes.slice());
    length += bytes.length;
    if (length < pieceSize) continue;
    yield gzipSync(Buffer.concat(pending));
    pending = [];
    length = 0;
  }
  if (length > 0) yield gzipSync(Buffer.concat(pending));
}

/** What is in a `.gz`, in memory: at most 1 GiB, else `bad-recording`. */
export function gunzipSource(source: ByteSource): ByteSource {
  try {
    return bytesSource(gunzipSync(source.read(0, source.size), { maxOutputLength: maxUnpacked }));
  } catch (cause) {
    throw new LynceusError("bad-recording", "the gzip file is damaged, or unpacks to more than 1 GiB", { hint: "unpack it with gunzip", cause });
  }
}
