import { ok, type Result } from "../../../base/result.ts";
import type { Address, ByteCount, ByteOffset, Pid, Tid } from "../../../base/units.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { threadStateSize } from "../../../cpython/thread-state.ts";
import type { BpfFailure, BpfProgram } from "../../../os/bpf.ts";
import type { PidNamespace } from "../../../os/pid-namespace.ts";
import { LoadedObject } from "./kernel-object.ts";
import { readShippedObject } from "./kernel-prebuilds.ts";
import { Answer, KernelReply, replyPrefix, replySize } from "./kernel-reply.ts";
import { KernelThreads, type KernelThread } from "./kernel-threads.ts";

/** The programs that a capture goes on with, in the order of CHUNKS_LEG and so on. */
const legs = ["copy_chunks", "follow_steps", "follow_objects"] as const;
const programs: readonly string[] = [...legs, "capture", "switched", "switched_before_5_18"];

/** What is to be loaded beside the programs that capture on demand. */
export interface MorePrograms {
  readonly names: readonly string[];
  /** How many entries maps have whose size the object leaves open. */
  readonly entries: Readonly<Record<string, number>>;
}

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
export const requestSize: ByteCount = 112 + maxGuesses * 8;
const maxState: ByteCount = 1024;
const maxHeader: ByteCount = 128;
/** MAX_BYTES and SLACK of bpf/exchange.h. */
const roomForPieces: ByteCount = (1 << 21) + (1 << 14) + 64;

/** `struct exchange`, with the room for pieces. */
export const exchangeSize: ByteCount = requestSize + replyPrefix + replySize + roomForPieces;

/**
 * The program of bpf/on-demand.h in the kernel, and the memory that it shares with us: we write who is to be copied,
 * have it run on a CPU, and read what it wrote. One for all threads of a session; `close()` unloads it.
 */
export class KernelExchange implements Disposable {
  /** What came of the last `ask`. */
  readonly reply: KernelReply;
  readonly loaded: LoadedObject;
  /** Who runs where; null when the kernel does not let us see it. */
  readonly threads: KernelThreads | null;
  /** How often it gave which answer. Each was an interrupt to a CPU. */
  readonly answers: Record<Answer, number> = { [Answer.copied]: 0, [Answer.otherThread]: 0, [Answer.unreadable]: 0 };
  readonly #bytes: Uint8Array;
  readonly #program: BpfProgram;
  #last: Uint8Array | null = null;

  /** Fails without the rights, or where the kernel is too old: `explainBpf` says what is missing. */
  static load(more: MorePrograms = { names: [], entries: {} }): Result<KernelExchange, BpfFailure> {
    const object = readShippedObject();
    if (!object.ok) return object;
    const loaded = LoadedObject.load(object.value, [...programs, ...more.names], more.entries);
    return loaded.ok ? ok(new KernelExchange(loaded.value)) : loaded;
  }

  private constructor(loaded: LoadedObject) {
    this.loaded = loaded;
    this.#program = loaded.program("capture");
    linkLegs(loaded, "legs", legs);
    this.threads = KernelThreads.attach(loaded);
    const buffer = loaded.map("exchange").buffer;
    this.reply = new KernelReply(new DataView(buffer));
    this.reply.moveTo(requestSize + replyPrefix, exchangeSize);
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

  close(): void {
    this.threads?.close();
    this.loaded.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Puts the programs that others go on with where these look for them. */
export function linkLegs(loaded: LoadedObject, map: string, names: readonly string[]): void {
  names.forEach((name, index) => loaded.map(map).update(bytesOfNumber(index), bytesOfNumber(loaded.program(name).fd)));
}

/** A key or value of four bytes. */
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

/** `struct request` of bpf/exchange.h. */
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
