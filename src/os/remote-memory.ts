import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset, Pid } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

/** Raw addresses as numbers: letting koffi marshal `struct iovec` costs three times the whole call. */
const processVmReadv = declare<(pid: Pid, local: Address, localCount: number, remote: Address, remoteCount: number, flags: number) => number>(
  "int64_t process_vm_readv(int pid, uintptr_t local, uint64_t localCount, uintptr_t remote, uint64_t remoteCount, uint64_t flags)",
);

/** IOV_MAX: the most pieces that one call takes. */
const maxPieces = 1024;
/** sizeof(struct iovec) */
const bytesPerVector = 16;
const wordsPerVector = bytesPerVector / 4;

/**
 * Another process's memory, read by process_vm_readv(2): no pause, no trace, one system call for up to 1024 pieces
 * (and so many more calls when there are more), copied in the order in which they were added. Needs the right that
 * ptrace(2) calls PTRACE_MODE_ATTACH_REALCREDS.
 *
 *   gather.clear(); gather.add(a, 8); gather.add(b, 64);
 *   if (memory.readGather(gather) === gather.size) ... gather.view.getUint32(0, true) ...
 */
export class RemoteMemory implements MemoryReader {
  readonly pid: Pid;
  readonly #single = new Gather(1 << 16);

  constructor(pid: Pid) {
    this.pid = pid;
  }

  read(address: Address, into: Uint8Array): boolean {
    const single = this.#single;
    single.clear();
    single.add(address, into.length);
    if (this.readGather(single) !== into.length) return false;
    into.set(single.bytes.subarray(0, into.length));
    return true;
  }

  /** Copies all pieces, in order. Returns how many bytes arrived before the first that could not be read. */
  readGather(gather: Gather): ByteCount {
    let done = 0;
    for (let first = 0; first < gather.count; first += maxPieces) {
      const count = Math.min(gather.count - first, maxPieces);
      const expected = gather.pointLocalVector(done, first, count);
      const copied = processVmReadv(this.pid, gather.localVectorAddress, 1, gather.remoteVectorAddress + first * bytesPerVector, count, 0);
      if (copied !== expected) return done + Math.max(copied, 0);
      done += copied;
    }
    return done;
  }
}

/** A list of pieces of remote memory and the buffer that they are copied into, one after the other. Made once, used often. */
export class Gather {
  bytes: Uint8Array;
  view: DataView;
  remoteVectorAddress: Address;
  readonly localVectorAddress: Address;
  count = 0;
  size: ByteCount = 0;
  #bufferAddress: Address;
  #remoteVector: Uint32Array;
  readonly #localVector: Uint32Array;

  constructor(capacity: ByteCount) {
    const buffer = new ArrayBuffer(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#bufferAddress = addressOf(buffer);
    this.#remoteVector = new Uint32Array(64 * wordsPerVector);
    this.remoteVectorAddress = addressOf(this.#remoteVector.buffer);
    this.#localVector = new Uint32Array(wordsPerVector);
    this.localVectorAddress = addressOf(this.#localVector.buffer);
  }

  clear(): void {
    this.count = 0;
    this.size = 0;
  }

  /** Appends a piece and returns where in the buffer it will be. The buffer may be a new one afterwards. */
  add(address: Address, length: ByteCount): ByteOffset {
    const at = this.count * wordsPerVector;
    if (at === this.#remoteVector.length) this.#growVector();
    if (this.size + length > this.bytes.length) this.#growBuffer(this.size + length);
    const vector = this.#remoteVector;
    vector[at] = address >>> 0;
    vector[at + 1] = Math.floor(address / 0x1_0000_0000);
    vector[at + 2] = length;
    const offset = this.size;
    this.count++;
    this.size += length;
    return offset;
  }

  /** Makes the local vector take `count` pieces from `first` on, `done` bytes into the buffer. Returns their size. */
  pointLocalVector(done: ByteOffset, first: number, count: number): ByteCount {
    let size = this.size - done;
    if (first + count < this.count) {
      size = 0;
      for (let piece = first; piece < first + count; piece++) size += this.#remoteVector[piece * wordsPerVector + 2]!;
    }
    const start = this.#bufferAddress + done;
    const vector = this.#localVector;
    vector[0] = start >>> 0;
    vector[1] = Math.floor(start / 0x1_0000_0000);
    vector[2] = size;
    return size;
  }

  #growVector(): void {
    const bigger = new Uint32Array(this.#remoteVector.length * 2);
    bigger.set(this.#remoteVector);
    this.#remoteVector = bigger;
    this.remoteVectorAddress = addressOf(bigger.buffer);
  }

  #growBuffer(needed: ByteCount): void {
    const buffer = new ArrayBuffer(Math.max(needed, this.bytes.length * 2));
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#bufferAddress = addressOf(buffer);
  }
}
