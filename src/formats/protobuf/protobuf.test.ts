import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";

/** Examples of protobuf.dev, "Encoding", and numbers at the borders of what fits. */
describe("a message", () => {
  const bytesOf = (fill: (writer: MessageWriter) => void): readonly number[] => {
    const writer = new MessageWriter();
    fill(writer);
    return [...writer.take()];
  };

  it("is the bytes that the encoding asks for", () => {
    expect(bytesOf((writer) => writer.uint(1, 150))).toEqual([0x08, 0x96, 0x01]);
    expect(bytesOf((writer) => writer.text(2, "testing"))).toEqual([0x12, 0x07, ...Buffer.from("testing")]);
    expect(bytesOf((writer) => writer.message(3, (inner) => inner.uint(1, 150)))).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect(bytesOf((writer) => writer.numbers(6, [3, 270, 86942]))).toEqual([0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
    expect(bytesOf((writer) => writer.fixed64(1, 0x0102030405060708n))).toEqual([0x09, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(bytesOf((writer) => writer.uint64(1, 2n ** 64n - 1n))).toEqual([0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01]);
    expect(bytesOf((writer) => (writer.uint(1, 0), writer.text(2, ""), writer.uint64(3, 0n), writer.numbers(4, [])))).toEqual([]);
    expect(bytesOf((writer) => writer.item(6, ""))).toEqual([0x32, 0x00]);
  });

  it("keeps the mark of byte order that a name begins with", () => {
    const reader = new MessageReader(Uint8Array.from(bytesOf((writer) => writer.text(1, "\ufeffname"))));
    expect([reader.next(), reader.text()]).toEqual([true, "\ufeffname"]);
  });

  it("comes back as it was written", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.bigInt(0n, 2n ** 64n - 1n), fc.string({ unit: "grapheme" }), fc.array(fc.maxSafeNat()), (number, wide, text, numbers) => {
        const writer = new MessageWriter();
        writer.message(15, (inner) => {
          inner.uint(1, number);
          inner.uint64(2, wide);
          inner.fixed64(3, wide);
          inner.text(536_870_911, text);
          inner.message(5, (innermost) => innermost.numbers(1, numbers));
        });
        const reader = new MessageReader(writer.take());
        expect([reader.next(), reader.field]).toEqual([true, 15]);
        const read: Record<number, unknown> = {};
        for (const inner = reader.message(); inner.next();) {
          if (inner.field === 1) read[1] = inner.int();
          else if (inner.field === 2 || inner.field === 3) read[inner.field] = BigInt(inner.id());
          else if (inner.field === 5) {
            const items: number[] = [];
            for (const innermost = inner.message(); innermost.next();) innermost.numbers((value) => items.push(value));
            read[5] = items;
          } else read[4] = inner.text();
        }
        expect(read).toEqual({
          ...(number > 0 && { 1: number }),
          ...(wide > 0n && { 2: wide, 3: wide }),
          ...(text !== "" && { 4: text }),
          5: numbers,
        });
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it("has negative numbers in two's complement", () => {
    const reader = new MessageReader(Uint8Array.from([0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01]));
    expect([reader.next(), reader.int(), reader.uint()]).toEqual([true, -1, 2 ** 64]);
  });

  it("of any bytes is read or refused", () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const reader = new MessageReader(bytes); reader.next();) {
            reader.numbers(() => {});
            expect(reader.bytes().length).toBeLessThanOrEqual(bytes.length);
          }
          outcomes.read++;
        } catch (error) {
          expect(error).toBeInstanceOf(LynceusError);
          outcomes.refused++;
        }
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(20);
  });
});
