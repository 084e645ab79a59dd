import { expect, test } from "vitest";
import type { MemoryReader } from "../../base/memory.ts";
import { layoutOf } from "../layouts/registry.ts";
import { cutMark, maxStringLength, readString } from "./strings.ts";
import { TypeFlag } from "./types.ts";

const layout = layoutOf(0x030c_00f0, 8)!;
const { unicode, type, typeFlags } = layout.objects;
const stringAddress = 0x10_0000;
const typeAddress = 0x8000;

/** A str object with `length` characters of `width` bytes, of which `characters` are the first; the others are "x". */
function memoryWith(length: number, width: 1 | 2 | 4, characters: readonly number[]): MemoryReader {
  const data = stringAddress + unicode.compactData;
  const object = new DataView(new ArrayBuffer(unicode.compactData + Math.max(0, Math.min(length, maxStringLength + 10)) * width));
  object.setUint32(type, typeAddress, true);
  object.setBigUint64(unicode.length, BigInt(length), true);
  object.setUint32(unicode.state, (width << unicode.kindShift) | (1 << unicode.compactBit), true);
  for (let at = data - stringAddress, index = 0; at < object.byteLength; at += width, index++) {
    const character = characters[index] ?? 0x78;
    if (width === 1) object.setUint8(at, character);
    else if (width === 2) object.setUint16(at, character, true);
    else object.setUint32(at, character, true);
  }
  return {
    read(address, into) {
      if (address === typeAddress + typeFlags) new DataView(into.buffer, into.byteOffset).setUint32(0, TypeFlag.str, true);
      else {
        const start = address - stringAddress;
        if (start < 0 || start + into.length > object.byteLength) return false;
        into.set(new Uint8Array(object.buffer, start, into.length));
      }
      return true;
    },
  };
}

test.each([1, 2, 4] as const)("a string longer than the bound is cut with a mark (%i bytes a character)", (width) => {
  const exact = readString(memoryWith(maxStringLength, width, []), layout, stringAddress)!;
  expect(exact.length).toBe(maxStringLength);
  expect(exact.endsWith("x")).toBe(true);
  expect(readString(memoryWith(maxStringLength + 1, width, []), layout, stringAddress)).toBe("x".repeat(maxStringLength) + cutMark);
});

test("characters beyond Unicode and lengths below zero are no string", () => {
  expect(readString(memoryWith(2, 4, [0x10_ffff, 0xd800]), layout, stringAddress)).toBe("\u{10ffff}\ud800");
  expect(readString(memoryWith(1, 4, [0x11_0000]), layout, stringAddress)).toBeNull();
  expect(readString(memoryWith(-1, 1, []), layout, stringAddress)).toBeNull();
});
