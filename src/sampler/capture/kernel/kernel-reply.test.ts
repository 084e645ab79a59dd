import fc from "fast-check";
import { expect, it } from "vitest";
import { tables } from "../../../cpython/layouts/registry.ts";
import { Pieces } from "../../../cpython/pieces.ts";
import { KernelReply, replySize } from "./kernel-reply.ts";

const layout = tables[0]!;
const [chunk, frame, kernel] = [1, 2, 3];

interface Piece {
  readonly kind: number;
  readonly address: number;
  readonly length: number;
}

/** As the programs of bpf/ write it: `struct reply` from `row` on, then the pieces. */
function write(pieces: readonly Piece[], before = 0): { readonly view: DataView; readonly ends: number } {
  const size = pieces.reduce((sum, { length }) => sum + 16 + Math.ceil(length / 8) * 8, 0);
  const view = new DataView(new ArrayBuffer(before + replySize + size + 64));
  const count = (wanted: number): number => pieces.filter(({ kind }) => kind === wanted).length;
  view.setUint32(before + 40, count(chunk), true);
  view.setUint32(before + 44, count(frame), true);
  view.setUint32(before + 48, size, true);
  let at = before + replySize;
  for (const { kind, address, length } of pieces) {
    view.setBigUint64(at, BigInt(address), true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, kind, true);
    at += 16 + Math.ceil(length / 8) * 8;
  }
  return { view, ends: at };
}

const address = fc.integer({ min: 4096, max: 2 ** 47 - 1 });
const piece = fc.oneof(
  fc.record({ kind: fc.constant(chunk), address, length: fc.nat(16_383) }),
  fc.record({ kind: fc.constant(frame), address, length: fc.constant(layout.frame.headerSize) }),
  fc.record({ kind: fc.constant(kernel), address: fc.constant(0), length: fc.nat(64).map((count) => count * 8) }),
);
const state = { kind: 0, address: 8192, length: 300 };

it("lists what was written, chunks before single frames, wherever the reply lies", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(100), (others, before) => {
      const { view, ends } = write([state, ...others], before * 8);
      const reply = new KernelReply(view);
      reply.moveTo(before * 8, ends);
      const pieces = new Pieces();
      reply.listPieces(layout, pieces);
      const listed = [...others.filter(({ kind }) => kind === chunk), ...others.filter(({ kind }) => kind === frame)];
      expect([...pieces.addresses.subarray(0, pieces.count)]).toEqual(listed.map((one) => one.address));
      expect([...pieces.lengths.subarray(0, pieces.count)]).toEqual(listed.map((one) => one.length));
      // The address that was written before the bytes of each.
      for (let index = 0; index < pieces.count; index++)
        expect(Number(view.getBigUint64(reply.bytesAt + pieces.offsets[index]! - 16, true))).toBe(pieces.addresses[index]);
      expect(reply.kernelFrames).toHaveLength((others.find(({ kind }) => kind === kernel)?.length ?? 0) / 8);
      expect(reply.stateAt).toBe(before * 8 + replySize + 16);
    }),
  );
});

it("ends whatever it reads, and lists nothing that lies outside", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: replySize, maxLength: 2000 }), fc.nat(replySize), (bytes, shorter) => {
      const view = new DataView(bytes.slice().buffer);
      const end = bytes.length - Math.min(shorter, bytes.length - replySize);
      const reply = new KernelReply(view);
      reply.moveTo(0, end);
      const pieces = new Pieces();
      reply.listPieces(layout, pieces);
      for (let index = 0; index < pieces.count; index++) expect(reply.bytesAt + pieces.offsets[index]! + pieces.lengths[index]!).toBeLessThanOrEqual(end);
      expect(reply.kernelFrames.length).toBeLessThanOrEqual(64);
    }),
  );
});
