import type { Address, ByteCount, ByteOffset, Nanoseconds } from "../../../base/units.ts";
import type { Layout } from "../../../cpython/layout.ts";
import type { Pieces } from "../../../cpython/pieces.ts";

/** What the programs say they did. */
export const Answer = { copied: 1, otherThread: 2, unreadable: 3 } as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

/** `struct piece` of bpf/exchange.h: address, length, kind. */
const pieceSize: ByteCount = 16;
const maxKernelFrames = 64;
const PieceKind = { chunk: 1, frame: 2, kernel: 3 } as const;
/** What the programs alone use, at the start of `struct reply`: MAX_CHUNKS twice. */
export const replyPrefix: ByteCount = 2 * 128 * pieceSize;
/** `struct reply` from `row` on. */
const Reply = {
  row: 0,
  answer: 4,
  time: 8,
  frame: 16,
  gilHolder: 24,
  gilLocked: 32,
  collecting: 36,
  chunkCount: 40,
  frameCount: 44,
  used: 48,
  rest: 56,
  caller: 96,
  pieces: 104,
} as const;
export const replySize: ByteCount = Reply.pieces;

/** Reads what the programs of bpf/ copied of a thread, wherever it lies: `moveTo`. */
export class KernelReply {
  /** Where the thread state lies in `view`, when it could be read: it is the first piece. */
  stateAt: ByteOffset = 0;
  /** From here on lie the pieces that `listPieces` lists. */
  bytesAt: ByteOffset = 0;
  readonly view: DataView;
  #at: ByteOffset = 0;
  #end: ByteOffset = 0;

  /** `view` may change while it is read: nothing that it says is trusted. */
  constructor(view: DataView) {
    this.view = view;
  }

  /** The reply that begins at `at` and ends before `end`. */
  moveTo(at: ByteOffset, end: ByteOffset): void {
    this.#at = at;
    this.#end = end;
    this.bytesAt = at + Reply.pieces;
    this.stateAt = this.bytesAt + pieceSize;
  }

  /** Whose it is; see `KernelThread.index`. */
  get row(): number {
    return this.view.getUint32(this.#at + Reply.row, true);
  }

  get isCopied(): boolean {
    return this.view.getUint32(this.#at + Reply.answer, true) === Answer.copied;
  }

  /** CLOCK_MONOTONIC at the instant of the copy. */
  get time(): Nanoseconds {
    return this.#wordAt(this.#at + Reply.time);
  }

  /** The newest frame. */
  get frame(): Address {
    return this.#wordAt(this.#at + Reply.frame);
  }

  /** The frame that called the evaluation loop that the thread is in, in 3.11 and 3.12; 0: none did. */
  get caller(): Address {
    return this.#wordAt(this.#at + Reply.caller);
  }

  get gilHolder(): Address {
    return this.view.getInt32(this.#at + Reply.gilLocked, true) === 1 ? this.#wordAt(this.#at + Reply.gilHolder) : 0;
  }

  get isCollecting(): boolean {
    return this.view.getInt32(this.#at + Reply.collecting, true) !== 0;
  }

  /** The walk did not come to the root: the stack is too deep, or a part of it could not be read. */
  get isCutOff(): boolean {
    return this.#wordAt(this.#at + Reply.rest) !== 0;
  }

  /** How many frames were copied each by itself: that takes about 0.1 us for each. */
  get frameCount(): number {
    return this.view.getUint32(this.#at + Reply.frameCount, true);
  }

  /** Return addresses in the kernel (their lower halves), newest first. Empty when they were not asked for or cannot be had. */
  get kernelFrames(): Address[] {
    const { view } = this;
    const last = this.#lastPiece();
    for (let at = this.bytesAt; at <= last; at = this.#next(at)) {
      if (view.getUint32(at + 12, true) !== PieceKind.kernel) continue;
      return Array.from({ length: Math.min(maxKernelFrames, Math.floor((Math.min(this.#next(at), this.#end) - at - pieceSize) / 8)) }, (_, index) =>
        view.getUint32(at + pieceSize + index * 8, true),
      );
    }
    return [];
  }

  /** Lists what was copied of frames; the bytes are in `view` from `bytesAt` on. */
  listPieces(layout: Layout, pieces: Pieces): void {
    const { view } = this;
    const last = this.#lastPiece();
    pieces.clear();
    // Chunks have to come before single frames, and some of these were copied first.
    if (view.getUint32(this.#at + Reply.chunkCount, true) > 0) {
      for (let at = this.bytesAt; at <= last; at = this.#next(at)) {
        if (view.getUint32(at + 12, true) !== PieceKind.chunk) continue;
        pieces.addRange(this.#wordAt(at), Math.min(view.getUint32(at + 8, true), this.#end - at - pieceSize));
        pieces.offsets[pieces.count - 1] = at + pieceSize - this.bytesAt;
      }
    }
    if (this.frameCount === 0) return;
    const { headerSize } = layout.frame;
    for (let at = this.bytesAt; at <= last; at = this.#next(at)) {
      if (view.getUint32(at + 12, true) !== PieceKind.frame || at + pieceSize + headerSize > this.#end) continue;
      pieces.add(this.#wordAt(at), headerSize);
      pieces.offsets[pieces.count - 1] = at + pieceSize - this.bytesAt;
    }
  }

  /** Where one may still begin. */
  #lastPiece(): ByteOffset {
    return Math.min(this.#end, this.bytesAt + this.view.getUint32(this.#at + Reply.used, true)) - pieceSize;
  }

  /** Where the piece after this one begins. */
  #next(at: ByteOffset): ByteOffset {
    return at + pieceSize + Math.ceil(this.view.getUint32(at + 8, true) / 8) * 8;
  }

  #wordAt(at: ByteOffset): number {
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }
}
