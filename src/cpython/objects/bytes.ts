import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { bytesOf, readPiece, signedWord } from "./piece.ts";
import { readInstance, TypeFlag } from "./types.ts";

/** The contents of a bytes object, cut at `most`. Null: no bytes object, or not readable. */
export function readBytes(memory: MemoryReader, layout: Layout, address: Address, most: ByteCount): Uint8Array | null {
  const { size, data } = layout.objects.bytes;
  const header = readInstance(memory, layout, address, TypeFlag.bytes, data);
  if (!header) return null;
  const length = signedWord(header, size, layout.wordSize);
  if (length < 0) return null;
  if (length === 0) return new Uint8Array(0);
  const view = readPiece(memory, address + data, Math.min(length, most));
  // A copy of its own: it is kept, and would keep the slab that small pieces are cut from.
  return view && bytesOf(view).slice();
}
