import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readValueStack } from "../coroutines/value-stack.ts";
import type { Layout } from "../layout.ts";
import { readNumber } from "../objects/floats.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Entered } from "../tasks/found-task.ts";
import type { Callbacks } from "./callbacks.ts";
import type { KnownCodes } from "./known-codes.ts";

/** Of one task. */
const maxFrames = 256;
const locks = "asyncio/locks";
/** Where the context managers that end what is in them keep when, on the clock of their loop: asyncio's own, that of before 3.11, anyio's. */
const deadlines: ReadonlyMap<string, string> = new Map([
  ["asyncio/timeouts.__aexit__", "_when"],
  ["async_timeout/__init__.__aexit__", "_deadline"],
  ["_backends/_asyncio.__exit__", "_deadline"],
]);

/** Reads what the frames of suspended tasks stand in. */
export class EnteredFinder {
  readonly #layout: Layout;
  readonly #codes: KnownCodes;
  readonly #callbacks: Callbacks;
  readonly #own: OwnFields;

  constructor(layout: Layout, codes: KnownCodes, callbacks: Callbacks, own: OwnFields) {
    this.#layout = layout;
    this.#codes = codes;
    this.#callbacks = callbacks;
    this.#own = own;
  }

  /**
   * The locks (and what else of Lib/asyncio/locks.py) and timeouts whose `async with` a task stands in. A lock does not know who has it, but such a task
   * has what will release it on the value stack of its frame: to 3.13 the bound method `__aexit__`, later the function and the object beside
   * each other. `stack` is newest first.
   */
  find(memory: MemoryReader, stack: RawStack): Entered {
    const held: Address[] = [];
    let until = Number.POSITIVE_INFINITY;
    for (let at = 0; at < Math.min(stack.length, maxFrames); at++) {
      const here: Address[] = [];
      for (const { name, self } of this.#exits(memory, stack.frame[at]!, stack.code[at]!)) {
        if (name === `${locks}.__aexit__`) here.push(self);
        const deadline = deadlines.get(name);
        const value = deadline === undefined ? 0 : (this.#own.read(memory, self, deadline) ?? 0);
        until = Math.min(until, (value === 0 ? null : readNumber(memory, this.#layout, value)) ?? until);
      }
      // This one does not have it yet: it waits for it.
      const newer = at === 0 ? null : this.#codes.nameOf(stack.code[at - 1]!);
      if (newer?.function === "__aenter__" && newer.module === locks) here.pop();
      held.push(...here);
    }
    return { locks: held, until: Number.isFinite(until) ? until : null };
  }

  /** What will be called at the end of each `with` and `async with`, and of what: "asyncio/locks.__aexit__". */
  *#exits(memory: MemoryReader, frame: Address, code: Address): Generator<{ readonly name: string; readonly self: Address }> {
    const values = readValueStack(memory, this.#layout, frame, code) ?? [];
    for (const [index, value] of values.entries()) {
      const found = value === 0 ? null : this.#callbacks.read(memory, value);
      if (found?.kind !== "method" && found?.kind !== "function") continue;
      const self = found.kind === "method" ? found.self : (values[index + 1] ?? 0);
      if (self !== 0) yield { name: `${found.module}.${found.function}`, self };
    }
  }
}
