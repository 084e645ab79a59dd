import { ok, type Result } from "../../../base/result.ts";
import type { Address, ByteCount, ByteOffset, Nanoseconds, Pid, Tid } from "../../../base/units.ts";
import type { Layout } from "../../../cpython/layout.ts";
import type { Pieces } from "../../../cpython/pieces.ts";
import { threadStateSize } from "../../../cpython/thread-state.ts";
import type { BpfFailure, BpfProgram } from "../../../os/bpf.ts";
import type { PidNamespace } from "../../../os/pid-namespace.ts";
import { LoadedObject } from "./kernel-object.ts";
import { readShippedObject } from "./kernel-prebuilds.ts";
import { KernelThreads, type KernelThread } from "./kernel-threads.ts";

/** What the program says it did. */
export const Answer = { copied: 1, otherThread: 2, unreadable: 3 } as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

/** The programs that a capture goes on with, in the order of CHUNKS_LEG and so on. */
const legs = ["copy_chunks", "follow_steps", "follow_objects"] as const;

/** Who is to be copied. */
export interface KernelRequest {
  /** The thread's ids in its own pid namespace, and which that is. */
  readonly namespace: PidNamespace;
  readonly innerTid: Tid;
  readonly innerPid: Pid;
  /** Its thread state. */
  readonly thread: Address;
  readonly gil: Address;
  readonly collecting: Address;
  /** Where it signs in; null when nobody keeps a row of it. */
  readonly row: KernelThread | null;
  /** What it does in the kernel is asked for, too. */
  readonly wantsKernelStack: boolean;
}

const ABSENT = 0xffff_ffff;
const maxGuesses = 64;
const wantsKernelStackAt: ByteOffset = 100;
const guessCountAt: ByteOffset = 108;
const requestSize: ByteCount = 112 + maxGuesses * 8;
const maxState: ByteCount = 1024;
const maxHeader: ByteCount = 128;
const maxChunks = 128;
const maxLoose = 1 << 14;
const maxKernelFrames = 64;
const pieceSize: ByteCount = 16;
/** `struct reply` of bpf/capture.h. */
const reply = requestSize;
const Reply = {
  time: reply,
  frame: reply + 8,
  gilHolder: reply + 16,
  gilLocked: reply + 24,
  collecting: reply + 28,
  chunkCount: reply + 32,
  looseCount: reply + 36,
  rest: reply + 48,
  kernelLength: reply + 88,
  kernelFrames: reply + 96,
  state: reply + 96 + maxKernelFrames * 8,
  chunks: reply + 96 + maxKernelFrames * 8 + maxState,
  loose: reply + 96 + maxKernelFrames * 8 + maxState + 2 * maxChunks * pieceSize,
  bytes: reply + 96 + maxKernelFrames * 8 + maxState + (2 * maxChunks + maxLoose) * pieceSize,
} as const;

/** `struct exchange`, with the room for frames: MAX_BYTES + MAX_CHUNK. */
export const exchangeSize: ByteCount = Reply.bytes + (1 << 21) + (1 << 14);

/**
 * The program of bpf/capture.h in the kernel, and the memory that it shares with us: we write who is to be copied,
 * have it run on a CPU, and read what it wrote. One for all threads of a session; `close()` unloads it.
 */
export class KernelExchange implements Disposable {
  static readonly stateAt: ByteOffset = Reply.state;
  static readonly bytesAt: ByteOffset = Reply.bytes;
  readonly view: DataView;
  /** Who runs where; null when the kernel does not let us see it. */
  readonly threads: KernelThreads | null;
  /** How often it gave which answer. Each was an interrupt to a CPU. */
  readonly answers: Record<Answer, number> = { [Answer.copied]: 0, [Answer.otherThread]: 0, [Answer.unreadable]: 0 };
  readonly #bytes: Uint8Array;
  readonly #loaded: LoadedObject;
  readonly #program: BpfProgram;
  #last: Uint8Array | null = null;

  /** Fails without the rights, or where the kernel is too old: `explainBpf` says what is missing. */
  static load(): Result<KernelExchange, BpfFailure> {
    const object = readShippedObject();
    if (!object.ok) return object;
    const loaded = LoadedObject.load(object.value);
    return loaded.ok ? ok(new KernelExchange(loaded.value)) : loaded;
  }

  private constructor(loaded: LoadedObject) {
    this.#loaded = loaded;
    this.#program = loaded.program("capture");
    legs.forEach((name, index) => loaded.map("legs").update(bytesOfNumber(index), bytesOfNumber(loaded.program(name).fd)));
    this.threads = KernelThreads.attach(loaded);
    const buffer = loaded.map("exchange").buffer;
    this.view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** Has the thread on `cpu` copied if it is the one of `request` (`encodeRequest`). Null: there is no such CPU. */
  ask(request: Uint8Array, cpu: number): Answer | null {
    if (request !== this.#last) this.#bytes.set(request);
    this.#last = request;
    const answer = this.#program.runOn(cpu);
    if (!isAnswer(answer)) return null;
    this.answers[answer]++;
    return answer;
  }

  /** CLOCK_MONOTONIC at the instant of the copy. */
  get time(): Nanoseconds {
    return this.#wordAt(Reply.time);
  }

  /** The newest frame. */
  get frame(): Address {
    return this.#wordAt(Reply.frame);
  }

  get gilHolder(): Address {
    return this.view.getInt32(Reply.gilLocked, true) === 1 ? this.#wordAt(Reply.gilHolder) : 0;
  }

  get isCollecting(): boolean {
    return this.view.getInt32(Reply.collecting, true) !== 0;
  }

  /** The walk did not come to the root: the stack is too deep, or a part of it could not be read. */
  get isCutOff(): boolean {
    return this.#wordAt(Reply.rest) !== 0;
  }

  /** How long the program took, as far as it grows with the stack: about 0.1 us for each frame that it copied by itself. */
  get looseCount(): number {
    return Math.min(this.view.getUint32(Reply.looseCount, true), maxLoose);
  }

  /** Return addresses in the kernel (their lower halves), newest first, those of the interrupt included. Empty when they were not asked for or cannot be had. */
  get kernelFrames(): Address[] {
    const count = Math.max(0, Math.min(this.view.getInt32(Reply.kernelLength, true) / 8, maxKernelFrames));
    return Array.from({ length: count }, (_, index) => this.view.getUint32(Reply.kernelFrames + index * 8, true));
  }

  /** Lists what was copied; the bytes are in `view` from `bytesAt` on. */
  listPieces(layout: Layout, pieces: Pieces): void {
    const { view } = this;
    pieces.clear();
    const chunks = Math.min(view.getUint32(Reply.chunkCount, true), maxChunks);
    for (let index = 0; index < chunks; index++) {
      const at = Reply.chunks + index * pieceSize;
      pieces.addRange(this.#wordAt(at), view.getUint32(at + 8, true));
      pieces.offsets[index] = view.getUint32(at + 12, true);
    }
    const loose = this.looseCount;
    for (let index = 0; index < loose; index++) {
      const at = Reply.loose + index * pieceSize;
      pieces.add(this.#wordAt(at), layout.frame.headerSize);
      pieces.offsets[chunks + index] = view.getUint32(at + 12, true);
    }
  }

  close(): void {
    this.threads?.close();
    this.#loaded.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #wordAt(at: ByteOffset): number {
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }
}

function bytesOfNumber(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function isAnswer(value: number): value is Answer {
  return value >= Answer.copied && value <= Answer.unreadable;
}

/** Whether the program can copy threads of this layout. */
export function fitsKernel(layout: Layout): boolean {
  return threadStateSize(layout) < maxState && layout.frame.headerSize < maxHeader && largestOffset(layout) < maxState / 2 - layout.wordSize;
}

function largestOffset({ thread }: Layout): ByteOffset {
  return Math.max(thread.frame, thread.dataStackChunk ?? 0);
}

/** `struct request` of bpf/capture.h. */
export function encodeRequest(request: KernelRequest, layout: Layout): Uint8Array {
  const { thread, frame, gil, wordSize } = layout;
  const isStack = frame.kind === "stack";
  const view = new DataView(new ArrayBuffer(requestSize));
  const words = [
    request.namespace.device,
    request.namespace.inode,
    0,
    request.thread,
    request.gil + gil.lastHolder,
    request.gil + gil.locked,
    request.collecting,
  ];
  words.forEach((word, index) => view.setBigUint64(index * 8, BigInt(word), true));
  view.setUint32(16, request.innerTid, true);
  view.setUint32(20, request.innerPid, true);
  const offsets = [
    threadStateSize(layout),
    wordSize,
    thread.frame,
    thread.cframeCurrentFrame ?? ABSENT,
    thread.dataStackChunk ?? ABSENT,
    isStack ? frame.chunk.previous : 0,
    isStack ? frame.chunk.top : 0,
    isStack ? frame.chunk.data : 0,
    isStack ? frame.previous : frame.back,
    frame.headerSize,
    request.row?.index ?? ABSENT,
  ];
  view.setUint32(wantsKernelStackAt, request.wantsKernelStack ? 1 : 0, true);
  offsets.forEach((offset, index) => view.setUint32(words.length * 8 + index * 4, offset, true));
  return new Uint8Array(view.buffer);
}

/** The same request with a frame more that is to be copied whether the program finds it or not; only the newest ones are kept. */
export function addGuess(request: Uint8Array, frame: Address): Uint8Array {
  const guessing = request.slice();
  const view = new DataView(guessing.buffer);
  const count = view.getUint32(guessCountAt, true);
  view.setBigUint64(guessCountAt + 4 + (count % maxGuesses) * 8, BigInt(frame), true);
  // Once full, the count goes on as the place of the oldest: the program stops at its own bound.
  view.setUint32(guessCountAt, count + 1, true);
  return guessing;
}
