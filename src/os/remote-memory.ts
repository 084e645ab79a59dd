import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset, Pid } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

/** Raw addresses as numbers: letting koffi marshal `struct iovec` costs three times the whole call. */
const processVmReadv = declare<(pid: Pid, local: Address, localCount: number, remote: Address, remoteCount: number, flags: number) => number>(
  "int64_t process_vm_readv(int pid, uintptr_t local, uint64_t localCount, uintptr_t remote, uint64_t remoteCount, uint64_t flags)",
);

/** IOV_MAX: the most pieces that one call takes. */
const maxPieces = 1024;
/** Of `readEach`: when so many pieces cannot be read, most likely none can be. */
const maxFailures = 64;
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
    // Most reads are of a word or two: to make a view of them would cost more than to copy them.
    if (into.length > 64) into.set(single.bytes.subarray(0, into.length));
    else for (let at = 0; at < into.length; at++) into[at] = single.bytes[at]!;
    return true;
  }

  readEach(addresses: Float64Array, count: number, length: ByteCount, into: Uint8Array): void {
    const gather = this.#single;
    let failures = 0;
    for (let first = 0; first < count;) {
      const end = Math.min(count, first + maxPieces);
      gather.clear();
      for (let index = first; index < end; index++) gather.add(addresses[index]!, length);
      const read = Math.floor(this.readGather(gather) / length);
      into.set(gather.bytes.subarray(0, read * length), first * length);
      first += read;
      if (first === end) continue;
      into.fill(0, first * length, ++failures < maxFailures ? ++first * length : count * length);
      if (failures === maxFailures) return;
    }
  }

  /** Copies all pieces, in order. Returns how many bytes arrived before the first that could not be read. */
  readGather(gather: Gather): ByteCount {
    let done = 0;
    for (let first = 0; first < gather.count; first += maxPieces) {
      const count = Math.min(gather.count - first, maxPieces);
      const at = first * bytesPerVector;
      const copied = processVmReadv(this.pid, gather.localVectorAddress + at, count, gather.remoteVectorAddress + at, count, 0);
      if (copied > 0) done += copied;
      if (copied !== gather.sizeOf(first, count)) break;
    }
    return done;
  }
}

/**
 * A list of pieces of remote memory and where in one buffer of ours each is to go: one after the other unless said
 * otherwise. Made once, used often.
 */
export class Gather {
  bytes: Buffer;
  view: DataView;
  remoteVectorAddress: Address;
  localVectorAddress: Address;
  count = 0;
  /** Of all pieces together: what `readGather` returns when all could be read. */
  size: ByteCount = 0;
  /** One past the last byte of the buffer that is used. */
  end: ByteOffset = 0;
  #bufferAddress: Address;
  #remoteVector: Uint32Array;
  #localVector: Uint32Array;

  constructor(capacity: ByteCount) {
    const buffer = new ArrayBuffer(capacity);
    this.bytes = Buffer.from(buffer);
    this.view = new DataView(buffer);
    this.#bufferAddress = addressOf(buffer);
    this.#remoteVector = new Uint32Array(32 * wordsPerVector);
    this.#localVector = new Uint32Array(32 * wordsPerVector);
    this.remoteVectorAddress = addressOf(this.#remoteVector.buffer);
    this.localVectorAddress = addressOf(this.#localVector.buffer);
  }

  clear(): void {
    this.count = 0;
    this.size = 0;
    this.end = 0;
  }

  /** Sets room aside in the buffer, for `addAt`. The buffer may be a new one afterwards. */
  reserve(length: ByteCount): ByteOffset {
    const offset = this.end;
    this.end += length;
    if (this.end > this.bytes.length) this.#growBuffer();
    return offset;
  }

  /** Appends a piece and returns where in the buffer it will be. The buffer may be a new one afterwards. */
  add(address: Address, length: ByteCount): ByteOffset {
    const offset = this.reserve(length);
    this.addAt(offset, address, length);
    return offset;
  }

  /** Appends a piece that goes to a place that was reserved. */
  addAt(offset: ByteOffset, address: Address, length: ByteCount): void {
    const at = this.count * wordsPerVector;
    if (at === this.#remoteVector.length) this.#growVectors();
    const local = this.#bufferAddress + offset;
    this.#remoteVector[at] = address >>> 0;
    this.#remoteVector[at + 1] = Math.floor(address / 0x1_0000_0000);
    this.#remoteVector[at + 2] = length;
    this.#localVector[at] = local >>> 0;
    this.#localVector[at + 1] = Math.floor(local / 0x1_0000_0000);
    this.#localVector[at + 2] = length;
    this.count++;
    this.size += length;
  }

  /** Of `count` pieces from `first` on. */
  sizeOf(first: number, count: number): ByteCount {
    if (first === 0 && count === this.count) return this.size;
    let size = 0;
    for (let piece = first; piece < first + count; piece++) size += this.#remoteVector[piece * wordsPerVector + 2]!;
    return size;
  }

  #growVectors(): void {
    const remote = new Uint32Array(this.#remoteVector.length * 2);
    const local = new Uint32Array(this.#localVector.length * 2);
    remote.set(this.#remoteVector);
    local.set(this.#localVector);
    this.#remoteVector = remote;
    this.#localVector = local;
    this.remoteVectorAddress = addressOf(remote.buffer);
    this.localVectorAddress = addressOf(local.buffer);
  }

  #growBuffer(): void {
    const buffer = new ArrayBuffer(Math.max(this.end, this.bytes.length * 2));
    const moved = addressOf(buffer) - this.#bufferAddress;
    this.#bufferAddress += moved;
    this.bytes = Buffer.from(buffer);
    this.view = new DataView(buffer);
    for (let at = 0; at < this.count * wordsPerVector; at += wordsPerVector) {
      const local = this.#localVector[at]! + this.#localVector[at + 1]! * 0x1_0000_0000 + moved;
      this.#localVector[at] = local >>> 0;
      this.#localVector[at + 1] = Math.floor(local / 0x1_0000_0000);
    }
  }
}
