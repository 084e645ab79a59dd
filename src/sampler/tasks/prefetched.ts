import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import { Gather, type RemoteMemory } from "../../os/remote-memory.ts";
import type { Footprint } from "./footprint.ts";

const gather = new Gather(4096);

/**
 * For reading again what changed a little: what an earlier answer rests on is copied anew with one system call, and what else is read with one each. Good until
 * the next one is made.
 */
export class Prefetched implements MemoryReader {
  readonly #memory: RemoteMemory;
  /** Of each piece that was copied, ascending: where it begins and ends in the target. They follow each other in the copy. */
  readonly #starts: Address[] = [];
  readonly #ends: Address[] = [];
  readonly #places: ByteOffset[] = [];

  constructor(memory: RemoteMemory, before: Footprint) {
    this.#memory = memory;
    gather.clear();
    before.addTo(gather, (start, length, at) => {
      this.#starts.push(start);
      this.#ends.push(start + length);
      this.#places.push(at);
    });
    const copied = memory.readGather(gather);
    while (this.#places.length > 0 && this.#places.at(-1)! + this.#ends.at(-1)! - this.#starts.at(-1)! > copied) {
      this.#places.pop();
      this.#starts.pop();
      this.#ends.pop();
    }
  }

  read(address: Address, into: Uint8Array): boolean {
    const piece = this.#findPiece(address);
    if (piece < 0 || address + into.length > this.#ends[piece]!) return this.#memory.read(address, into);
    const from = this.#places[piece]! + address - this.#starts[piece]!;
    into.set(gather.bytes.subarray(from, from + into.length));
    return true;
  }

  /** The last that begins at or before an address; -1: none does. */
  #findPiece(address: Address): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
