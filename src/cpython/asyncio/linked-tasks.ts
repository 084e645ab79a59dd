import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece } from "../objects/piece.ts";
import { readWord } from "../words.ts";

/** Lists shorter than this are followed whole each time. */
const shortList = 1000;
/** A longer one at least every so many times, and when so many of its tasks are new. */
const timesBetween = 10;
const newShare = 0.25;
/** Nodes in a row that are as they were: one may be a new task where an old one was, behind another such one. */
const enoughSame = 4;

/**
 * The tasks of one list of 3.14 and later: a node in each (`struct llist_node`, Include/internal/pycore_llist.h: next, previous) links it to the next one, and the
 * last to the head. A new one is put at the end, so a long list is followed from there, to where it is as it was; tasks that ended
 * stay in it until it is followed whole again.
 */
export class LinkedTasks {
  readonly #layout: Layout;
  readonly #head: Address;
  readonly #node: ByteOffset;
  /** By node, the node before it. */
  #known = new Map<Address, Address>();
  #tasks: readonly Address[] = [];
  #times = 0;
  #new = 0;

  /** `node` is where in a task its node is. */
  constructor(layout: Layout, head: Address, node: ByteOffset) {
    this.#layout = layout;
    this.#head = head;
    this.#node = node;
  }

  /** As far as the list can be followed, since it changes meanwhile, and at most `most`. The same array as long as nothing has changed. */
  read(memory: MemoryReader, most: number): readonly Address[] {
    const isLong = this.#known.size >= shortList && this.#new <= this.#known.size * newShare && ++this.#times < timesBetween;
    const added = isLong ? this.#addNew(memory, most) : null;
    if (added === 0) return this.#tasks;
    if (added === null) {
      const before = this.#known;
      this.#followAll(memory, most);
      if (!isLong && isSame(before, this.#known)) return this.#tasks;
    }
    return (this.#tasks = Array.from(this.#known.keys(), (node) => node - this.#node));
  }

  /** How many there were. Null: the list must be followed whole. */
  #addNew(memory: MemoryReader, most: number): number | null {
    let at = this.#before(memory, this.#head);
    let [added, same] = [0, 0];
    while (at !== null && at !== this.#head && this.#known.size < most) {
      const before = this.#before(memory, at);
      if (before === null) return null;
      if (this.#known.get(at) !== before) {
        added++;
        same = 0;
        this.#known.set(at, before);
      } else if (++same === enoughSame) {
        this.#new += added;
        return added;
      }
      at = before;
    }
    return null;
  }

  #followAll(memory: MemoryReader, most: number): void {
    this.#times = 0;
    this.#new = 0;
    const known = new Map<Address, Address>();
    let previous = this.#head;
    let at = this.#after(memory, previous);
    while (at !== null && at !== this.#head && !known.has(at) && known.size < most) {
      known.set(at, previous);
      previous = at;
      at = this.#after(memory, at);
    }
    // It was changed where it was followed: the rest is looked for from its end.
    if (at !== this.#head) {
      let last = this.#before(memory, this.#head);
      while (last !== null && last !== this.#head && !known.has(last) && known.size < most) {
        const before = this.#before(memory, last);
        known.set(last, before ?? 0);
        last = before;
      }
    }
    this.#known = known;
  }

  #after(memory: MemoryReader, node: Address): Address | null {
    return this.#link(memory, node, 0);
  }

  #before(memory: MemoryReader, node: Address): Address | null {
    return this.#link(memory, node, this.#layout.wordSize);
  }

  /** Null: not readable, or no node of a list (any more). */
  #link(memory: MemoryReader, node: Address, offset: ByteOffset): Address | null {
    const view = readPiece(memory, node + offset, this.#layout.wordSize);
    return (view && readWord(view, 0, this.#layout.wordSize)) || null;
  }
}

function isSame(a: ReadonlyMap<Address, Address>, b: ReadonlyMap<Address, Address>): boolean {
  if (a.size !== b.size) return false;
  for (const [node, before] of a) if (b.get(node) !== before) return false;
  return true;
}
