import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import { readAwaitChain } from "../../src/cpython/coroutines/await-chain.ts";
import { readLocal } from "../../src/cpython/coroutines/locals.ts";
import { readInterpreters, readThreadStates } from "../../src/cpython/interpreters.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import { readAttribute } from "../../src/cpython/objects/attributes.ts";
import { readBytes } from "../../src/cpython/objects/bytes.ts";
import { dictEntries } from "../../src/cpython/objects/dicts.ts";
import { readDeque } from "../../src/cpython/objects/deques.ts";
import { readFloat } from "../../src/cpython/objects/floats.ts";
import { readInteger } from "../../src/cpython/objects/integers.ts";
import { readList, readTuple } from "../../src/cpython/objects/sequences.ts";
import { readSet } from "../../src/cpython/objects/sets.ts";
import { readSlot } from "../../src/cpython/objects/slots.ts";
import { readString } from "../../src/cpython/objects/strings.ts";
import { typeName } from "../../src/cpython/objects/types.ts";
import { readWeakReference, readWeakSet } from "../../src/cpython/objects/weak-references.ts";
import { RawStack } from "../../src/cpython/raw-stack.ts";
import type { RuntimeLocation } from "../../src/cpython/runtime-location.ts";
import { readThreadNames } from "../../src/cpython/thread-names.ts";
import type { FrameTruth, Members, ObjectsTruth, Truth } from "./truth.ts";
import { touchThread, walkThread } from "./walk.ts";

type MembersReader = (memory: MemoryReader, layout: Layout, address: Address) => Address[] | null;

/** What our readers say about the objects of the truth, in the truth's own form: to be compared with it as a whole. */
export function readObjects(memory: MemoryReader, layout: Layout, truth: ObjectsTruth): ObjectsTruth {
  const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString("hex");
  const pairs = (dict: Address): [Address, Address][] | null => dictEntries(memory, layout, dict)?.map(({ key, value }) => [key, value]) ?? null;
  const members = (rows: readonly Members[], read: MembersReader): Members[] => rows.map(([address]) => [address, read(memory, layout, address)]);
  const ascending =
    (read: MembersReader): MembersReader =>
    (...of) =>
      read(...of)?.toSorted((a, b) => a - b) ?? null;
  return {
    strings: truth.strings.map(([address]) => [address, readString(memory, layout, address)]),
    integers: truth.integers.map(([address]) => [address, readInteger(memory, layout, address)]),
    bytes: truth.bytes.map(([address]) => [address, hex(readBytes(memory, layout, address, 1 << 20))]),
    typeNames: truth.typeNames.map(([address]) => [address, typeName(memory, layout, address) ?? ""]),
    dicts: truth.dicts.map(([address]) => [address, pairs(address)]),
    attributes: truth.attributes.map(([address, name]) => [address, name, readAttribute(memory, layout, address, name)]),
    slots: truth.slots.map(([address, name]) => [address, name, readSlot(memory, layout, address, name)]),
    floats: truth.floats.map(([address]) => [address, readFloat(memory, layout, address)]),
    lists: members(truth.lists, readList),
    tuples: members(truth.tuples, readTuple),
    sets: members(truth.sets, ascending(readSet)),
    weakSets: members(truth.weakSets, ascending(readWeakSet)),
    deques: members(truth.deques, readDeque),
    weakReferences: truth.weakReferences.map(([address]) => [address, readWeakReference(memory, layout, address)]),
    chains: truth.chains.map(([address]) => readChain(memory, layout, address)),
    variables: truth.variables.map(([frame, code, name]) => [frame, code, name, readLocal(memory, layout, frame, code, name)]),
    codes: truth.codes.map(([address]) => {
      const code = readCode(memory, layout, address);
      return [address, code?.name ?? "", code?.file ?? "", code?.firstLine ?? 0, code?.instructionsSize ?? -1];
    }),
  };
}

function readChain(memory: MemoryReader, layout: Layout, root: Address): ObjectsTruth["chains"][number] {
  const stack = new RawStack();
  const chain = readAwaitChain(memory, layout, root, stack);
  const frames = Array.from({ length: stack.length }, (_, index): [Address, number] => {
    const code = readCode(memory, layout, stack.code[index]!);
    return [stack.code[index]!, code ? locate(code, stack.instruction[index]! - code.instructions).line : -1];
  });
  return [root, chain?.state ?? "", frames.toReversed(), chain?.end ?? -1];
}

export interface ThreadSeen {
  readonly frames: readonly FrameTruth[];
  readonly nativeId: number;
  readonly chunks: number;
}

/** All threads of the first interpreter by ident, with their stacks; also touches all that a sampler might want of them. */
export function readThreads(memory: MemoryReader, runtime: RuntimeLocation): Map<number, ThreadSeen> {
  const interpreter = readInterpreters(memory, runtime)?.[0];
  const states = interpreter && readThreadStates(memory, runtime, interpreter);
  if (!states) throw new Error("the list of threads cannot be read");
  const seen = new Map<number, ThreadSeen>();
  for (const [address, state] of states) {
    const chunks = touchThread(memory, runtime.layout, address);
    seen.set(state.threadId, { frames: walkThread(memory, runtime.layout, address), nativeId: state.nativeThreadId, chunks });
  }
  return seen;
}

/** `readThreadNames` of the first interpreter. */
export function readNames(memory: MemoryReader, runtime: RuntimeLocation): ReadonlyMap<number, string> {
  const interpreter = readInterpreters(memory, runtime)?.[0];
  return interpreter ? readThreadNames(memory, runtime.layout, interpreter.address) : new Map();
}

/** The truth's names, in the form of `readThreadNames`. */
export function expectedNames(truth: Truth): Map<number, string> {
  return new Map(truth.threads.flatMap(({ ident, name }) => (name === null ? [] : [[ident, name]])));
}
