import fc from "fast-check";
import { expect, it } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import { jsonColumns, jsonList } from "./json-pieces.ts";
import { JsonReader } from "./json-reader.ts";

/** Gives a few bytes at a time, so that every token crosses a border somewhere. */
function slowSource(text: string, most: number): ByteSource {
  const bytes = new TextEncoder().encode(text);
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + (length < 2 ** 16 ? length : Math.min(length, most))) };
}

/** By way of every method that takes a value apart. */
function readAny(reader: JsonReader): unknown {
  switch (reader.kind()) {
    case "object": {
      const entries: [string, unknown][] = [];
      reader.beginObject();
      for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) entries.push([key, readAny(reader)]);
      return Object.fromEntries(entries);
    }
    case "array": {
      const items: unknown[] = [];
      reader.beginArray();
      while (reader.hasElement()) items.push(readAny(reader));
      return items;
    }
    case "string":
      return reader.string();
    case "number":
      return reader.number();
    default:
      return reader.value(5);
  }
}

it("reads what JSON.parse reads, wherever a piece of the file ends", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(40), fc.boolean(), (json, most, isIndented) => {
      const parsed: unknown = JSON.parse(json);
      const text = isIndented ? JSON.stringify(parsed, null, "\t \r\n") : json;
      // Not -0 and not __proto__, which make no difference here.
      expect(JSON.stringify(readAny(new JsonReader(slowSource(text, most + 1))))).toBe(JSON.stringify(readOwn(parsed)));
      const pair = new JsonReader(slowSource(`[${text},${text}]`, most + 1));
      pair.beginArray();
      pair.hasElement();
      pair.skip();
      pair.hasElement();
      expect(JSON.stringify(readAny(new JsonReader(slowSource(`[${text},${text}]`, most + 1), pair.offset)))).toBe(JSON.stringify(readOwn(parsed)));
      expect(pair.value(1e6)).toEqual(parsed);
      expect(pair.hasElement()).toBe(false);
    }),
  );
});

/** As `Object.fromEntries` would have made it. */
function readOwn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readOwn);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, readOwn(of)]));
}

it("reads any bytes as JSON, or says that they are damaged", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.constantFrom(...'[]{},:"\\ 1-e.ntrue')).map((parts) => parts.join("")),
      ),
      fc.boolean(),
      (text, isSkipped) => {
        const reader = new JsonReader(slowSource(text, 7));
        try {
          if (isSkipped) reader.skip();
          else readAny(reader);
        } catch (error) {
          expect(error).toBeInstanceOf(LynceusError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

it("gives lists of numbers as they stand there", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(1000))), fc.nat(9), (lists, most) => {
      const reader = new JsonReader(slowSource(JSON.stringify(lists), most + 1));
      const seen: string[] = [];
      reader.beginArray();
      while (reader.hasElement()) seen.push(reader.flatList());
      expect(seen).toEqual(lists.map((list) => list.join()));
    }),
  );
  expect(() => new JsonReader(slowSource("[1,2", 9)).flatList()).toThrow(/ends inside/);
  expect(() => new JsonReader(slowSource(`[${"1,".repeat(2 ** 24)}1]`, 1e9)).flatList()).toThrow(/longer than/);
});

it("is not troubled by depth or length", () => {
  const deep = "[".repeat(1e6);
  expect(() => new JsonReader(slowSource(deep, 1e9)).skip()).toThrow(/ends inside a value/);
  new JsonReader(slowSource(deep + "]".repeat(1e6), 1e9)).skip();
  expect(() => new JsonReader(slowSource(`"${"x".repeat(2 ** 20 + 1)}"`, 1e9)).string()).toThrow(/longer than/);
  expect(() => new JsonReader(slowSource("1".repeat(1e6), 1e9)).number()).toThrow(LynceusError);
  expect(() => new JsonReader(slowSource("1e999", 1e9)).number()).toThrow(LynceusError);
});

it("an array that may be cut ends with the file, between its elements", () => {
  for (const text of ["[1, 2", "[1, 2,", "[1, 2]", "[1,2,\n"]) {
    const reader = new JsonReader(slowSource(text, 2));
    const numbers: number[] = [];
    reader.beginArray();
    while (reader.hasElement(true)) numbers.push(reader.number());
    expect(numbers).toEqual([1, 2]);
  }
});

it("lists of any length are written in pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.string({ maxLength: 5 })), { maxLength: 50 }), (items) => {
      expect(JSON.parse([...jsonList(items.map((item) => JSON.stringify(item)))].join(""))).toEqual(items);
      const columns = [...jsonColumns(items.length, { a: items.map((item) => JSON.stringify(item)), b: [1, 2] })].join("");
      expect(JSON.parse(columns)).toEqual({ length: items.length, a: items, b: [1, 2] });
    }),
  );
  const pieces = [...jsonList(Array.from({ length: 100_000 }, (_, index) => index))];
  expect(pieces.length).toBeGreaterThan(3);
  expect(JSON.parse(pieces.join(""))).toHaveLength(100_000);
});
