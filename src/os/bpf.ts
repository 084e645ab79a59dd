import { fail, ok, type Result } from "../base/result.ts";
import type { Address, ByteCount } from "../base/units.ts";
import { addressOf, closeDescriptor, declare, errno, errorNumbers } from "./libc.ts";
import { mapMemory, type MappedMemory } from "./mapped-memory.ts";

/** Not in the C library as a function of its own; the wrapper takes up to six more words. */
const syscall = declare<(number: number, command: number, attributes: Address, size: ByteCount) => number>(
  "long syscall(long number, int command, uintptr_t attributes, uint64_t size)",
);
/** On x86-64. */
const SYS_bpf = 321;

const prlimit = declare<(pid: number, resource: number, limit: Address, old: Address) => number>(
  "int prlimit(int pid, int resource, uintptr_t limit, uintptr_t old)",
);
const RLIMIT_MEMLOCK = 8;
const unlimited = new BigUint64Array(2).fill(2n ** 64n - 1n);

const Command = { createMap: 0, lookUp: 1, update: 2, delete: 3, loadProgram: 5, testRun: 10, nextProgramId: 11, openRawTracepoint: 17 } as const;
/** BPF_F_MMAPABLE, for arrays; Linux 5.5. */
const mappable: number = 1 << 10;
/** BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_PROG_TYPE_PERF_EVENT */
const programTypes = { raw_tracepoint: 17, perf_event: 7 } as const;
export type ProgramKind = keyof typeof programTypes;
/** BPF_F_TEST_RUN_ON_CPU; Linux 5.10. */
const onCpu = 1;
const instructionSize: ByteCount = 8;
const maxLoads = 16;
const maxLog: ByteCount = 1 << 24;

/**
 * `union bpf_attr`, used again for each call; larger than any kernel's part that we use. What a call does not set must be 0.
 * bpf(2), include/uapi/linux/bpf.h.
 */
const attributes = new DataView(new ArrayBuffer(128));
const attributeBytes = new Uint8Array(attributes.buffer);
const attributeAddress = addressOf(attributes.buffer);
const attributeSize: ByteCount = 128;

/** What the kernel said no to. */
export interface BpfFailure {
  /** "load program capture", "create map exchange" */
  readonly what: string;
  /** 0: it did not come to asking the kernel. */
  readonly errno: number;
  /** The verifier's reasons; empty when it had none to give. */
  readonly log: string;
}

export interface MapShape {
  readonly type: number;
  readonly keySize: ByteCount;
  readonly valueSize: ByteCount;
  readonly maxEntries: number;
  readonly flags: number;
}

/** A map or a program in the kernel. It lives as long as this process holds its file descriptor, and not a moment longer. */
export class BpfMap implements Disposable {
  readonly fd: number;
  readonly #memory: MappedMemory | null;

  constructor(fd: number, memory: MappedMemory | null) {
    this.fd = fd;
    this.#memory = memory;
  }

  /** The values of a mappable array, one after the other, each rounded up to 8 bytes. */
  get buffer(): ArrayBuffer {
    if (this.#memory === null) throw new Error("not a mappable map");
    return this.#memory.buffer;
  }

  /** False when it is full, for example. */
  update(key: Uint8Array, value: Uint8Array): boolean {
    return this.#access(Command.update, key, value);
  }

  lookUp(key: Uint8Array, into: Uint8Array): boolean {
    return this.#access(Command.lookUp, key, into);
  }

  delete(key: Uint8Array): boolean {
    return this.#access(Command.delete, key, null);
  }

  close(): void {
    this.#memory?.close();
    closeDescriptor(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #access(command: number, key: Uint8Array, value: Uint8Array | null): boolean {
    clear();
    attributes.setUint32(0, this.fd, true);
    setAddress(8, addressOf(key.buffer) + key.byteOffset);
    if (value !== null) setAddress(16, addressOf(value.buffer) + value.byteOffset);
    return call(command) === 0;
  }
}

/** A program; what `runOn` and `attach` do, they do with one of kind raw_tracepoint. */
export class BpfProgram implements Disposable {
  readonly fd: number;
  /** BPF_PROG_TEST_RUN's attributes: all that a run needs is the CPU. */
  readonly #run = new Int32Array(attributeSize / 4);
  readonly #runAddress: Address;

  constructor(fd: number) {
    this.fd = fd;
    this.#runAddress = addressOf(this.#run.buffer);
    this.#run[0] = fd;
    this.#run[16] = onCpu;
  }

  /** Runs it on that CPU, whatever thread is there, and waits for it. What it returned; negative when it could not be run (no such CPU). */
  runOn(cpu: number): number {
    this.#run[17] = cpu;
    return syscall(SYS_bpf, Command.testRun, this.#runAddress, testRunSize) === 0 ? this.#run[1]! : -1;
  }

  /** Runs it at each event of the kernel's, until the returned file descriptor is closed. */
  attach(tracepoint: string): Result<number, BpfFailure> {
    const name = Buffer.from(`${tracepoint}\0`);
    clear();
    setAddress(0, addressOf(name.buffer) + name.byteOffset);
    attributes.setUint32(8, this.fd, true);
    const fd = call(Command.openRawTracepoint);
    return fd < 0 ? fail({ what: `attach to ${tracepoint}`, errno: errno(), log: "" }) : ok(fd);
  }

  close(): void {
    closeDescriptor(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Up to and including `cpu` and `batch_size`: older kernels know no more. */
const testRunSize: ByteCount = 80;

export function createMap(name: string, shape: MapShape): Result<BpfMap, BpfFailure> {
  const create = (): number => {
    clear();
    [shape.type, shape.keySize, shape.valueSize, shape.maxEntries, shape.flags].forEach((value, index) => attributes.setUint32(index * 4, value, true));
    return call(Command.createMap);
  };
  let fd = create();
  // Before Linux 5.11 maps count as locked memory, of which a process may have 64 KiB.
  if (fd < 0 && errno() === errorNumbers["EPERM"] && prlimit(0, RLIMIT_MEMLOCK, addressOf(unlimited.buffer), 0) === 0) fd = create();
  if (fd < 0) return fail({ what: `create map ${name}`, errno: errno(), log: "" });
  if ((shape.flags & mappable) === 0) return ok(new BpfMap(fd, null));
  const memory = mapMemory(fd, Math.ceil(shape.valueSize / 8) * 8 * shape.maxEntries);
  if (memory !== null) return ok(new BpfMap(fd, memory));
  const reason = errno();
  closeDescriptor(fd);
  return fail({ what: `map the memory of map ${name}`, errno: reason, log: "" });
}

/** Has the verifier look at the instructions, which name maps by their file descriptors, and loads them. */
export function loadProgram(name: string, kind: ProgramKind, instructions: Uint8Array, licence: string): Result<BpfProgram, BpfFailure> {
  const code = new Uint8Array(instructions);
  const licenceText = new Uint8Array(Buffer.from(`${licence}\0`));
  const nameText = Buffer.from(name.slice(0, 15));
  const load = (log: Uint8Array | null): number => {
    clear();
    attributes.setUint32(0, programTypes[kind], true);
    attributes.setUint32(4, code.length / instructionSize, true);
    setAddress(8, addressOf(code.buffer));
    setAddress(16, addressOf(licenceText.buffer));
    if (log !== null) {
      attributes.setUint32(24, 1, true);
      attributes.setUint32(28, log.length, true);
      setAddress(32, addressOf(log.buffer));
    }
    // prog_name: what bpftool shows.
    attributeBytes.set(nameText, 48);
    return call(Command.loadProgram);
  };
  let fd = load(null);
  // A signal for us interrupts the verifier.
  for (let attempt = 1; fd < 0 && errno() === errorNumbers["EAGAIN"] && attempt < maxLoads; attempt++) fd = load(null);
  if (fd >= 0) return ok(new BpfProgram(fd));
  const reason = errno();
  // Only who is refused wants to know why. The log may not fit.
  let log = new Uint8Array(1 << 16);
  while ((fd = load(log)) < 0 && errno() === errorNumbers["ENOSPC"] && log.length < maxLog) log = new Uint8Array(log.length * 16);
  if (fd >= 0) return ok(new BpfProgram(fd));
  return fail({
    what: `load program ${name}`,
    errno: reason,
    log: Buffer.from(log.subarray(0, Math.max(0, log.indexOf(0))))
      .toString("latin1")
      .trim(),
  });
}

/** The ids of all programs in the kernel; only for root. */
export function listProgramIds(): number[] {
  const ids: number[] = [];
  for (let id = 0; ;) {
    clear();
    attributes.setUint32(0, id, true);
    if (call(Command.nextProgramId) !== 0) return ids;
    id = attributes.getUint32(4, true);
    ids.push(id);
  }
}

function call(command: number): number {
  return syscall(SYS_bpf, command, attributeAddress, attributeSize);
}

function clear(): void {
  attributeBytes.fill(0);
}

function setAddress(offset: number, address: Address): void {
  attributes.setUint32(offset, address >>> 0, true);
  attributes.setUint32(offset + 4, Math.floor(address / 2 ** 32), true);
}
