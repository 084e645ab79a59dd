import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runtimeOf } from "../../../test/images/runtime-of.ts";
import { SavedImage, savedVersions } from "../../../test/images/saved-image.ts";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readCode, readCodeFingerprint } from "../code.ts";
import type { Layout } from "../layout.ts";
import { locate } from "../line-table/locate.ts";
import { readThreadNames } from "../thread-names.ts";
import { readAttribute } from "./attributes.ts";
import { readBytes } from "./bytes.ts";
import { dictEntries } from "./dicts.ts";
import { readDeque, readDequeLength } from "./deques.ts";
import { readFloat } from "./floats.ts";
import { readInteger } from "./integers.ts";
import { OwnFields } from "./own-fields.ts";
import { readList, readTuple } from "./sequences.ts";
import { readSet } from "./sets.ts";
import { maxStringLength, readString } from "./strings.ts";
import { readThreadLocals } from "./thread-locals.ts";
import { typeName } from "./types.ts";
import { readWeakReference, readWeakSet } from "./weak-references.ts";

/** Every reader at one address. What comes back must be well-formed, whatever the memory says. */
function readAll(memory: MemoryReader, layout: Layout, address: Address): void {
  expect(readString(memory, layout, address)?.length ?? 0).toBeLessThanOrEqual(2 * maxStringLength + 1);
  expect(readBytes(memory, layout, address, 1000)?.length ?? 0).toBeLessThanOrEqual(1000);
  expect(typeName(memory, layout, address)?.length ?? 0).toBeLessThanOrEqual(256);
  expect(readInteger(memory, layout, address) ?? 0).toSatisfy(Number.isSafeInteger);
  expect(dictEntries(memory, layout, address, 1000)?.length ?? 0).toBeLessThanOrEqual(1000);
  readAttribute(memory, layout, address, "_name");
  expect(readFloat(memory, layout, address) ?? 0).toBeTypeOf("number");
  for (const read of [readList, readTuple, readSet, readWeakSet, readDeque]) expect(read(memory, layout, address, 1000)?.length ?? 0).toBeLessThanOrEqual(1000);
  expect(readDequeLength(memory, layout, address) ?? 0).toSatisfy(Number.isSafeInteger);
  expect(readWeakReference(memory, layout, address) ?? 0).toBeGreaterThanOrEqual(0);
  expect(new OwnFields(memory, layout).read(memory, address, "a") ?? 0).toBeGreaterThanOrEqual(0);
  expect(readThreadLocals(memory, layout, address, [address, address + 8])?.size ?? 0).toBeLessThanOrEqual(2);
  readCodeFingerprint(memory, layout, address);
  const code = readCode(memory, layout, address);
  if (code) expect(locate(code, 10).line).toBeGreaterThanOrEqual(0);
}

/** Memory without end in which every word is one of a few: the same word is a type, a flag, a length and a pointer at once. */
function madeOf(words: readonly number[]): MemoryReader {
  const wordAt = (index: number): number => words[Math.abs(Math.imul(index % 2 ** 31, 0x9e37_79b1) >>> 8) % words.length]!;
  return {
    read(address, into) {
      if (into.length > 1 << 16) return true;
      for (let at = 0; at < into.length; at++) {
        const position = address + at;
        into[at] = Math.floor(wordAt(Math.floor(position / 8)) / 2 ** (8 * (position % 8))) & 0xff;
      }
      return true;
    },
  };
}

/** An image some bytes of which are others. */
function damaged(image: SavedImage, seed: number): MemoryReader {
  return {
    read(address, into) {
      if (!image.read(address, into)) return false;
      for (let at = 0; at < into.length; at++) {
        const noise = Math.imul((address + at + seed) % 2 ** 31, 0x85eb_ca6b) >>> 0;
        if (noise % 97 === 0) into[at] = noise >>> 16;
      }
      return true;
    },
  };
}

const typeFlags = 0x3900_0014;
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 7, 30, 63, typeFlags, typeFlags * 2 ** 12, 0x7f00_3900_0010, 2 ** 47 - 4096, 2 ** 52),
  fc.integer({ min: 0, max: 2 ** 48 }),
  fc.integer({ min: 0, max: 300 }),
);

describe.each(savedVersions)("CPython %s", (version) => {
  const image = SavedImage.load(version);
  const { layout } = runtimeOf(image, image.truth);

  test("memory that contradicts itself is refused in time", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 2 ** 47 }), (words, address) => {
        const memory = madeOf(words);
        readAll(memory, layout, address);
        readThreadNames(memory, layout, address);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  }, 30_000);

  test("damaged images are read as far as they go", () => {
    const objects = image.truth.objects;
    const { strings, dicts, codes, attributes, slots, lists, tuples, sets, deques, weakSets, weakReferences } = objects;
    const all = [strings, dicts, codes, attributes, slots, lists, tuples, sets, deques, weakSets, weakReferences].flat();
    const addresses = all.map(([address]) => address);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), fc.constantFrom(...addresses), fc.integer({ min: -64, max: 64 }), (seed, address, shift) => {
        readAll(damaged(image, seed), layout, address);
        readAll(damaged(image, seed), layout, address + shift);
      }),
      { numRuns: 300 },
    );
  });

  test("a code object that is replaced while it is read is refused", () => {
    const address = image.truth.objects.codes[0]![0];
    for (const field of [layout.code.qualifiedName ?? layout.code.name, layout.code.fileName, layout.code.lineTable, layout.code.firstLine]) {
      let headers = 0;
      const memory: MemoryReader = {
        read(at, into) {
          if (!image.read(at, into)) return false;
          if (at === address && into.length === layout.code.headerSize && ++headers > 1) into[field]! ^= 8;
          return true;
        },
      };
      expect(readCode(memory, layout, address)).toBeNull();
      expect(headers).toBe(2);
    }
    expect(readCode(image, layout, address)).not.toBeNull();
  });
});
