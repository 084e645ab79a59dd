import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOf } from "../../os/libc.ts";
import { RemoteMemory } from "../../os/remote-memory.ts";
import { findChanged, Footprint } from "./footprint.ts";
import { FootprintPages } from "./footprint-pages.ts";

/** Our own memory: a process may always read itself. */
const memory = new RemoteMemory(process.pid);
const size = 60_000;
const bytes = new Uint8Array(new ArrayBuffer(size));
const start = addressOf(bytes.buffer);

function note(reads: readonly { readonly offset: number; readonly length: number }[]): Footprint {
  const print = new Footprint(memory);
  for (const { offset, length } of reads) print.read(start + offset, new Uint8Array(length));
  return print;
}

const reads = fc.array(fc.record({ offset: fc.nat(size - 6000), length: fc.integer({ min: 1, max: 6000 }) }), { maxLength: 4 });
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("write" as const), at: fc.nat(size - 1), value: fc.nat(2) }),
    fc.record({ kind: fc.constant("add" as const), reads }),
    fc.record({ kind: fc.constant("drop" as const), index: fc.nat(20) }),
    fc.record({ kind: fc.constant("again" as const), index: fc.nat(20), reads }),
  ),
  { maxLength: 25 },
);

test("says the same as a look at every piece, whatever changes, comes and goes", () => {
  const property = fc.property(steps, (taken) => {
    bytes.fill(0);
    const pages = new FootprintPages(memory);
    const prints: Footprint[] = [];
    for (const step of taken) {
      if (step.kind === "write") bytes[step.at] = step.value;
      if (step.kind === "add") prints.push(note(step.reads));
      if (step.kind === "drop") prints.splice(step.index, 1);
      if (step.kind === "again" && step.index < prints.length) prints[step.index] = note(step.reads);
      expect(pages.findChanged(prints)).toEqual(findChanged(memory, prints));
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test("takes in many by and by, and forgets those that nobody asks for", () => {
  bytes.fill(0);
  const pages = new FootprintPages(memory);
  const prints = Array.from({ length: 1000 }, (_, index) => note([{ offset: index * 40, length: 8 }]));
  for (let call = 0; call < 8; call++) {
    bytes[call * 160 * 40] = call % 2;
    expect(pages.findChanged(prints)).toEqual(findChanged(memory, prints));
  }
  for (let call = 0; call < 100; call++) expect(pages.findChanged(prints.slice(0, 2))).toEqual([]);
  expect(pages.findChanged(prints)).toEqual(findChanged(memory, prints));
});

test("what is gone is changed, and the others are not", () => {
  const pages = new FootprintPages(memory);
  const gone = new Footprint({ read: () => true });
  gone.read(64, new Uint8Array(8));
  const prints = [note([{ offset: 5, length: 10 }]), gone, note([{ offset: 9000, length: 10 }])];
  for (let call = 0; call < 3; call++) expect(pages.findChanged(prints)).toEqual([1]);
  expect(pages.findChanged([prints[0]!, prints[2]!])).toEqual([]);
});
