import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { LynceusError } from "./errors.ts";

const anyInteger = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer(), fc.maxSafeInteger());

it("numbers come back as they were written", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyInteger, fc.nat(0xffffffff))), (rows) => {
      const writer = new ByteWriter(1);
      for (const [integer, word] of rows) {
        writer.varint(Math.abs(integer));
        writer.signedVarint(integer);
        writer.uint32(word);
      }
      const reader = new ByteReader(writer.take());
      for (const [integer, word] of rows) {
        expect(reader.varint()).toBe(Math.abs(integer));
        expect(reader.signedVarint() + 0).toBe(integer);
        expect(reader.uint32()).toBe(word);
      }
      expect(reader.remaining).toBe(0);
    }),
  );
});

it("writes the bytes that the format's page shows", () => {
  const writer = new ByteWriter();
  writer.varint(300);
  writer.signedVarint(-131);
  writer.signedVarint(5);
  expect([...writer.take()]).toEqual([0xac, 0x02, 0xc3, 0x02, 0x05]);
});

it("refuses what is not a whole number that a double holds", () => {
  for (const value of [NaN, Infinity, 0.5, 2 ** 53]) {
    expect(() => new ByteWriter().varint(value)).toThrow(RangeError);
    expect(() => new ByteWriter().signedVarint(value)).toThrow(RangeError);
  }
  expect(() => new ByteWriter().varint(-1)).toThrow(RangeError);
});

it("reads any bytes as numbers, or says that they are damaged", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.boolean(), (bytes, isSigned) => {
      const reader = new ByteReader(bytes);
      try {
        while (reader.remaining > 0) expect(Number.isSafeInteger(isSigned ? reader.signedVarint() : reader.varint())).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(LynceusError);
      }
    }),
  );
  expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow(/too large/);
  expect(() => new ByteReader(new Uint8Array(3)).bytes(4)).toThrow(/4 bytes announced, 3 there/);
});
