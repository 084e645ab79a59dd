import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, Pid } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

/** Raw addresses as numbers: letting koffi marshal `struct iovec` costs three times the whole call. */
const processVmReadv = declare<(pid: Pid, local: Address, localCount: number, remote: Address, remoteCount: number, flags: number) => number>(
  "int64_t process_vm_readv(int pid, uintptr_t local, uint64_t localCount, uintptr_t remote, uint64_t remoteCount, uint64_t flags)",
);

/** IOV_MAX: the most pieces that one call takes. */
export const maxPieces = 1024;
const bytesPerVector = 16;

/**
 * Another process's memory, read by process_vm_readv(2): no pause, no trace, one system call for up to 1024 pieces,
 * copied in the order in which they were added. Needs the right that ptrace(2) calls PTRACE_MODE_ATTACH_REALCREDS.
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
    for (let done = 0; done < into.length; ) {
      const length = Math.min(into.length - done, single.capacity);
      single.clear();
      single.add(address + done, length);
      if (this.readGather(single) !== length) return false;
      into.set(single.bytes.subarray(0, length), done);
      done += length;
    }
    return true;
  }

  /** Copies all pieces. Returns the number of bytes that arrived, in order, before the first that could not be read; 0 or less when none. */
  readGather(gather: Gather): ByteCount {
    return processVmReadv(this.pid, gather.localVectorAddress, 1, gather.remoteVectorAddress, gather.count, 0);
  }
}

/** A list of pieces of remote memory and the buffer that they are copied into, one after the other. Made once, used often. */
export class Gather {
  readonly capacity: ByteCount;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly localVectorAddress: Address;
  readonly remoteVectorAddress: Address;
  readonly #localVector: Uint32Array;
  readonly #remoteVector: Uint32Array;
  count = 0;
  size: ByteCount = 0;

  constructor(capacity: ByteCount) {
    this.capacity = capacity;
    const buffer = new ArrayBuffer(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    const local = new Uint32Array(bytesPerVector / 4);
    const bufferAddress = addressOf(buffer);
    local[0] = bufferAddress >>> 0;
    local[1] = Math.floor(bufferAddress / 2 ** 32);
    this.#localVector = local;
    this.#remoteVector = new Uint32Array((maxPieces * bytesPerVector) / 4);
    this.localVectorAddress = addressOf(local.buffer);
    this.remoteVectorAddress = addressOf(this.#remoteVector.buffer);
  }

  clear(): void {
    this.count = 0;
    this.size = 0;
  }

  /** Appends a piece. False, and nothing is added, when the buffer or the list of pieces is full. */
  add(address: Address, length: ByteCount): boolean {
    if (this.count >= maxPieces || this.size + length > this.capacity) return false;
    const at = this.count * 4;
    const vector = this.#remoteVector;
    vector[at] = address >>> 0;
    vector[at + 1] = Math.floor(address / 2 ** 32);
    vector[at + 2] = length;
    this.count++;
    this.size += length;
    this.#localVector[2] = this.size;
    return true;
  }
}

