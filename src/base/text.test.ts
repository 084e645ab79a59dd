import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeText, encodeText } from "./text.ts";

it("every string comes back, lone surrogates too", () => {
  const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(anyText, (text) => {
      expect(decodeText(encodeText(text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(encodeText(text)).toEqual(new TextEncoder().encode(text));
    }),
  );
});

it("what is not UTF-8 is null, and nothing throws", () => {
  expect(decodeText(Uint8Array.of(0xff))).toBeNull();
  expect(decodeText(Uint8Array.of(0xed, 0xa0))).toBeNull();
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeText(bytes)));
});
