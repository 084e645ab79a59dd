import type { Address } from "../base/units.ts";
import { type FrameIndex, type FunctionIndex, NONE } from "../profile/tables.ts";

/** So many different functions are remembered of one address, and so many addresses. */
const maxSeen = 256;
const maxAddresses = 1 << 12;

interface Turnover {
  readonly seen: Set<FunctionIndex>;
  /** What was said of the code objects here since the last call of `takeDoubtful`. */
  readonly frames: Set<FrameIndex>;
  /** What was here has come back, and may again between a stack and its confirmation. */
  recurs: boolean;
  hasChanged: boolean;
}

/**
 * Addresses where code objects come and go. As long as each is another one, a look before a stack and one after it that both see the same
 * prove that it was there in between. Where one comes that was there before, that proves nothing, and what was said lately is in doubt.
 */
export class CodeTurnovers {
  readonly #addresses = new Map<Address, Turnover>();
  #doubtful = new Set<FrameIndex>();

  /** The code object that was at an address no longer is. */
  note(address: Address, gone: { readonly func: FunctionIndex; readonly frames: ReadonlyMap<number, FrameIndex> }): void {
    let turnover = this.#addresses.get(address);
    if (turnover === undefined) {
      if (this.#addresses.size >= maxAddresses) return;
      this.#addresses.set(address, (turnover = { seen: new Set(), frames: new Set(), recurs: false, hasChanged: true }));
    }
    turnover.hasChanged = true;
    if (turnover.seen.size < maxSeen) turnover.seen.add(gone.func);
    for (const frame of gone.frames.values()) if (frame > NONE) turnover.frames.add(frame);
    if (turnover.recurs) this.#doubt(turnover);
  }

  /** A code object was read at an address where there was none that we know. */
  noteArrival(address: Address, func: FunctionIndex): void {
    const turnover = this.#addresses.get(address);
    if (turnover === undefined) return;
    turnover.hasChanged = true;
    if (!turnover.seen.has(func)) return;
    turnover.recurs = true;
    this.#doubt(turnover);
  }

  /** Nothing can be said of a frame whose code object is there. */
  recurs(address: Address): boolean {
    return this.#addresses.size > 0 && this.#addresses.get(address)?.recurs === true;
  }

  /** Frames that were said since the last call, and should not have been. Addresses where nothing came or went meanwhile are trusted again. */
  takeDoubtful(): Set<FrameIndex> {
    const doubtful = this.#doubtful;
    this.#doubtful = new Set();
    for (const [address, turnover] of this.#addresses) {
      if (!turnover.hasChanged) this.#addresses.delete(address);
      turnover.hasChanged = false;
      turnover.frames.clear();
    }
    return doubtful;
  }

  #doubt({ frames }: Turnover): void {
    for (const frame of frames) this.#doubtful.add(frame);
  }
}
