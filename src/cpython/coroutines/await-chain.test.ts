import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runtimeOf } from "../../../test/images/runtime-of.ts";
import { SavedImage, savedVersions } from "../../../test/images/saved-image.ts";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import { RawStack } from "../raw-stack.ts";
import { readAwaitChain, type AwaitChain } from "./await-chain.ts";
import { AwaitableTypes } from "./awaitable-types.ts";
import { readLocal } from "./locals.ts";

const maxFrames = 1 << 15;

/** Whatever the memory says, what comes back is well-formed. */
function readAnyhow(memory: MemoryReader, layout: Layout, address: Address, stack: RawStack = new RawStack(4)): AwaitChain | null {
  const chain = readAwaitChain(memory, layout, address, stack);
  expect(stack.length).toBeLessThanOrEqual(maxFrames);
  if (chain === null) expect(stack.length).toBe(0);
  else if (chain.state === "running" || chain.state === "finished") expect(stack.length).toBe(0);
  else if (stack.length > 0) expect([chain.rootFrame, chain.rootCode]).toEqual([stack.frame[stack.length - 1], stack.code[stack.length - 1]]);
  for (const code of stack.code.subarray(0, 3)) readLocal(memory, layout, stack.frame[0]!, code, "self");
  return chain;
}

/** `image` with other words at some places. */
function changed(image: SavedImage, layout: Layout, words: ReadonlyMap<Address, number>): MemoryReader {
  return {
    read(address, into) {
      if (!image.read(address, into)) return false;
      for (const [place, value] of words) {
        for (let byte = 0; byte < layout.wordSize; byte++) {
          const at = place + byte - address;
          if (at >= 0 && at < into.length) into[at] = Math.floor(value / 256 ** byte);
        }
      }
      return true;
    },
  };
}

describe.each(savedVersions)("chains of awaits in CPython %s", (version) => {
  const image = SavedImage.load(version);
  const { layout } = runtimeOf(image, image.truth);
  const chains = image.truth.objects.chains;
  const roots = chains.map(([root]) => root);
  const headOf = (object: Address): Address => object + layout.objects.type;

  test("memory that is damaged is read as far as it goes, and that ends", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 30 }),
        fc.constantFrom(...roots),
        fc.integer({ min: -64, max: 64 }),
        fc.constantFrom(13, 97, 997),
        (seed, root, shift, rate) => {
          const damaged: MemoryReader = {
            read(address, into) {
              if (!image.read(address, into)) return false;
              for (let at = 0; at < into.length; at++) {
                const noise = Math.imul((address + at + seed) % 2 ** 31, 0x85eb_ca6b) >>> 0;
                if (noise % rate === 0) into[at] = noise >>> 16;
              }
              return true;
            },
          };
          readAnyhow(damaged, layout, root);
          readAnyhow(damaged, layout, root + shift);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("pointers that lead anywhere else in it are followed, and that ends", () => {
    const places = chains.flatMap(([root]) => Array.from({ length: 24 }, (_, index) => root + index * layout.wordSize));
    const values = [...roots, ...chains.flatMap(([, , frames]) => frames.map(([code]) => code)), 0, 1, 3, 2 ** 47 - 8];
    const pair = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...values));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), fc.constantFrom(...roots), (words, root) => {
        readAnyhow(changed(image, layout, new Map(words)), layout, root);
      }),
      { numRuns: 300 },
    );
  });

  test("a circle is refused", () => {
    // What awaits and what is awaited: the awaited object of the outermost frame becomes that which awaits it.
    const stack = new RawStack();
    const root = roots[1]!;
    const inner = innerOf(image, layout, root);
    const reads: [Address, number][] = [];
    const noting: MemoryReader = { read: (address, into) => image.read(address, into) && (reads.push([address, into.length]), true) };
    expect(readAwaitChain(noting, layout, root, stack)?.isWhole).toBe(true);
    const places = reads.filter(([address, length]) => length === layout.wordSize && readPointer(image, layout, address) === inner).map(([address]) => address);
    expect(places).toHaveLength(1);
    expect(readAwaitChain(changed(image, layout, new Map([[places[0]!, root]])), layout, root, stack)).toBeNull();
    expect(stack.length).toBe(0);
  });

  test("what is of another type is not taken for a coroutine, and what a coroutine seems to be without being it, is not followed", () => {
    const [{ 0: text }] = image.truth.objects.strings as [readonly [Address, string | null]];
    expect(readAnyhow(image, layout, text)).toMatchObject({ rootFrame: 0, end: text });
    const root = roots[0]!;
    const type = readPointer(image, layout, headOf(root))!;
    const flagsAt = type + layout.objects.typeFlags;
    const flags = readPointer(image, layout, flagsAt)!;
    // A class of the same name that was made by Python code ...
    const asClass = changed(image, layout, new Map([[flagsAt, flags + 0x200]]));
    expect(readAnyhow(asClass, layout, root)).toEqual({ state: "suspended", rootFrame: 0, rootCode: 0, end: root, isWhole: true });
    // ... and one of C whose objects have something else in the frame's place.
    const elsewhere = layout.frame.kind === "heap" ? headOf(root) + layout.wordSize : type + layout.objects.typeBasicSize;
    const asOther = changed(image, layout, new Map([[elsewhere, layout.frame.kind === "heap" ? type : 64]]));
    expect(readAnyhow(asOther, layout, root)).toEqual({ state: "suspended", rootFrame: 0, rootCode: 0, end: root, isWhole: false });
  });

  test("what cannot be read is refused", () => {
    const stack = new RawStack();
    const nothing: MemoryReader = { read: () => false };
    expect(readAwaitChain(nothing, layout, roots[0]!, stack)).toBeNull();
    expect(readAwaitChain(image, layout, 0, stack)).toBeNull();
    const [frame, code, name] = image.truth.objects.variables[0]!;
    expect(readLocal(nothing, layout, frame, code, name)).toBeNull();
    expect(readLocal(image, layout, frame, code, "no such name")).toBeNull();
  });

  test("types that are known are not read again", () => {
    const types = new AwaitableTypes();
    const count = (): number => {
      let reads = 0;
      readAwaitChain({ read: (address, into) => (reads++, image.read(address, into)) }, layout, roots[1]!, new RawStack(), types);
      return reads;
    };
    const first = count();
    const again = count();
    expect(again).toBeLessThan(first);
    expect(again).toBeLessThanOrEqual(chains[1]![2].length * 7);
  });
});

/** What the second chain's outermost coroutine awaits: a coroutine whose frame is the second. */
function innerOf(image: SavedImage, layout: Layout, root: Address): Address {
  const stack = new RawStack();
  readAwaitChain(image, layout, root, stack);
  const frame = stack.frame[stack.length - 2]!;
  return layout.frame.kind === "heap" ? readPointer(image, layout, frame + layout.frame.generator)! : frame - layout.generator.frame;
}
