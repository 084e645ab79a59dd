import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import { nameMatcher } from "../objects/strings.ts";
import { typeOf } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import { AwaitableTypes, type AwaitableKind } from "./awaitable-types.ts";
import { readLocal } from "./locals.ts";
import { IMPOSTOR, readSuspended, type CoroutineState, type SuspendedFrame } from "./suspended-frame.ts";

export interface AwaitChain {
  /** Of the outermost coroutine or generator. "suspended" too where that is none that can be looked into. */
  readonly state: CoroutineState;
  /** Its frame: while it runs, the stack of its thread has it. 0 when it has finished, or is not known. */
  readonly rootFrame: Address;
  readonly rootCode: Address;
  /**
   * What the innermost frame awaits that has no frame of its own: a future or task, whether written in C or in Python; an object whose
   * `__await__` is a generator that stands at a `yield`; an iterator. 0: nothing that is known.
   */
  readonly end: Address;
  /** False where the chain goes on into something that cannot be followed: code in C or Cython. Then `end` is that. */
  readonly isWhole: boolean;
}

/** More than a program has with any sensible recursion limit: a longer chain is torn. */
const maxLinks = 1 << 15;

/**
 * Follows a coroutine, generator, or what else can be awaited, through what it awaits. The suspended frames go into `into`
 * (which is emptied first), newest first, as `walkFrames` would have them; one that has not begun stands at its first
 * line. A coroutine that runs has none here: they are on its thread's stack. Null: torn, or not readable.
 *
 * `types` remembers what types are, for one process.
 */
export function readAwaitChain(
  memory: MemoryReader,
  layout: Layout,
  awaitable: Address,
  into: RawStack,
  types: AwaitableTypes = new AwaitableTypes(),
): AwaitChain | null {
  into.clear();
  const links: SuspendedFrame[] = [];
  const inGenerator = layout.frame.kind === "stack";
  const chainTo = (end: Address, isWhole: boolean): AwaitChain => {
    for (const { state, frame, code, instruction } of links.toReversed()) if (state !== "running") into.push(frame, code, instruction, inGenerator);
    const root = links[0];
    return { state: root?.state ?? "suspended", rootFrame: root?.frame ?? 0, rootCode: root?.code ?? 0, end, isWhole };
  };

  let object = awaitable;
  // Who stands where the chain was some links ago has gone round in a circle.
  let before: Address = 0;
  for (let count = 0; count < maxLinks && object !== before; count++) {
    if ((count & (count - 1)) === 0) before = object;
    const type = typeOf(memory, layout, object);
    const kind = type === null ? null : types.kindOf(memory, layout, type);
    if (type === null || kind === null) return null;
    // What is sent to a generator lies on top of what it awaits, for a moment before it runs. From 3.15 on it says first that it runs,
    // and goes through lists and tuples without an iterator.
    if (kind === "value" && links.length > 0 && layout.generator.awaitedDepth === 1) return null;
    if (kind === "plain" || kind === "value" || kind === "unknown") return chainTo(object, kind !== "unknown");
    if (kind === "wrapper" || kind === "future") {
      const inner = readPointer(memory, layout, object + layout.objects.cell.value);
      // Those that have been through let go of it.
      if (!inner) return null;
      if (kind === "future") return chainTo(inner, true);
      object = inner;
      continue;
    }
    const mayYield = kind === "generator" || (kind === "async-generator" && links.length === 0);
    const link = readSuspended(memory, layout, object, mayYield);
    if (link === IMPOSTOR && !types.isProved(type)) return chainTo(object, false);
    if (link === IMPOSTOR || link === null || isTorn(kind, link, links.length)) return null;
    if (link.frame !== 0) types.noteProof(type);
    if (link.state === "finished") return { state: "finished", rootFrame: 0, rootCode: 0, end: 0, isWhole: true };
    links.push(link);
    if (link.awaited === 0) return chainTo(kind === "generator" && link.state === "suspended" ? awaitedBySelf(memory, layout, link) : 0, true);
    object = link.awaited;
  }
  return null;
}

/** What cannot be at one moment: some of it was read before a change, and some after. */
function isTorn(kind: AwaitableKind, { state, awaited }: SuspendedFrame, depth: number): boolean {
  // Who is awaited, and awaits nothing that runs, has given way itself.
  if (depth > 0 && state !== "suspended") return true;
  // Coroutines stand still only where they await something; so do asynchronous generators that are awaited.
  return state === "suspended" && awaited === 0 && (kind === "coroutine" || (kind === "async-generator" && depth > 0));
}

/** Futures written in Python, and other classes of Python code: `__await__` is a generator, and `self` is what is awaited. */
function awaitedBySelf(memory: MemoryReader, layout: Layout, { frame, code }: SuspendedFrame): Address {
  const name = readPointer(memory, layout, code + layout.code.name);
  if (!name || !nameMatcher(memory, layout, "__await__")(name)) return 0;
  return readLocal(memory, layout, frame, code, "self") ?? 0;
}
