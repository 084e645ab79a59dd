import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { LynceusError } from "../base/errors.ts";
import { openRecording } from "./open-recording.ts";
import { findFormatByPath, formats } from "./registry.ts";

const golden = new URL("../../test/golden/", import.meta.url);
/** Of ours, and of others. */
const names = [...readdirSync(golden), ...readdirSync(new URL("foreign/", golden)).map((name) => `foreign/${name}`)].filter(
  (name) => /^(?:example|foreign\/)/.test(name) && findFormatByPath(name) !== null,
);
const plain = names.map((name) => readFileSync(new URL(name, golden)));
const files = [...plain, ...plain.map((bytes) => gzipSync(bytes))];

/** Always the same damage. */
let seed = 1;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return seed % Math.max(1, below);
}

/** Cut, overwritten in one stretch, given absurd lengths, with a few bytes changed, or all of that. */
function damage(good: Buffer): Buffer {
  let bytes = Buffer.from(good);
  if (random(3) === 0) bytes = bytes.subarray(0, random(bytes.length));
  if (random(3) === 0) bytes.fill(random(256), random(bytes.length), random(bytes.length));
  if (random(3) === 0 && bytes.length > 8) bytes.writeUInt32LE(random(2) === 0 ? 0xffff_ffff : random(0x7fff_ffff), random(bytes.length - 8));
  for (let left = random(8); left > 0 && bytes.length > 0; left--) bytes[random(bytes.length)] = random(256);
  return bytes;
}

test("every format that can be read has a golden file", () => {
  const found = new Set(names.map((name) => findFormatByPath(name)?.format.name));
  expect(formats.filter(({ name, read }) => read !== null && !found.has(name)).map(({ name }) => name)).toEqual([]);
});

test("a file of any format, damaged in any way, is read as far as it goes or refused", { timeout: 60_000 }, () => {
  const seen = { read: 0, refused: 0 };
  for (let round = 0; round < 1500; round++) {
    const bytes = damage(files[round % files.length]!);
    try {
      const recording = openRecording({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
      for (const block of recording.blocks()) expect(block.samples.time.length).toBeGreaterThanOrEqual(block.samples.length);
      seen.read++;
    } catch (error) {
      expect(error).toBeInstanceOf(LynceusError);
      expect((error as LynceusError).code).toBe("bad-recording");
      seen.refused++;
    }
  }
  // Neither is what always happens.
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(50);
});
