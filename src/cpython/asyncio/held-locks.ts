import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readValueStack } from "../coroutines/value-stack.ts";
import type { Layout } from "../layout.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Callbacks } from "./callbacks.ts";
import type { KnownCodes } from "./known-codes.ts";

/** Of one task. */
const maxFrames = 256;
const module = "asyncio/locks";

/**
 * The locks (and what else of Lib/asyncio/locks.py) whose `async with` a suspended task stands in. A lock does not know who has it, but such a task has
 * what will release it on the value stack of its frame: to 3.13 the bound method `__aexit__`, later the function and the lock beside each other.
 *
 * `stack` is newest first.
 */
export function findHeldLocks(memory: MemoryReader, layout: Layout, codes: KnownCodes, callbacks: Callbacks, stack: RawStack): Address[] {
  const held: Address[] = [];
  for (let at = 0; at < Math.min(stack.length, maxFrames); at++) {
    const values = readValueStack(memory, layout, stack.frame[at]!, stack.code[at]!) ?? [];
    const here = values.flatMap((value, index) => {
      const found = value === 0 ? null : callbacks.read(memory, value);
      if (found === null || found.kind === "wakeup" || found.function !== "__aexit__" || found.module !== module) return [];
      if (found.kind === "method") return [found.self];
      return found.kind === "function" && (values[index + 1] ?? 0) !== 0 ? [values[index + 1]!] : [];
    });
    // This one does not have it yet: it waits for it.
    const newer = at === 0 ? null : codes.nameOf(memory, stack.code[at - 1]!);
    if (newer?.function === "__aenter__" && newer.module === module) here.pop();
    held.push(...here);
  }
  return held;
}
