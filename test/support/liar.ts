import { closeSync, openSync, writeSync } from "node:fs";
import type { Address, Pid } from "../../src/base/units.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { readInterpreters, readThreadStates, type Interpreter } from "../../src/cpython/interpreters.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { readPointer } from "../../src/cpython/objects/piece.ts";
import type { RuntimeLocation } from "../../src/cpython/runtime-location.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";

/** Knows where a CPython process keeps what we read of it, and writes lies there. */
export class Liar implements Disposable {
  readonly runtime: RuntimeLocation;
  readonly memory: RemoteMemory;
  readonly interpreter: Interpreter;
  /** Thread states, newest first. */
  readonly threads: readonly Address[];
  readonly #fd: number;

  constructor(pid: Pid) {
    using image = openProcessImage(pid)!;
    const found = findRuntime(image);
    if (!found.ok) throw new Error(`no runtime in ${pid}: ${JSON.stringify(found.error)}`);
    this.runtime = found.value;
    this.memory = new RemoteMemory(pid);
    this.interpreter = readInterpreters(this.memory, this.runtime)![0]!;
    this.threads = [...readThreadStates(this.memory, this.runtime, this.interpreter)!.keys()];
    this.#fd = openSync(`/proc/${pid}/mem`, "r+");
  }

  get layout(): Layout {
    return this.runtime.layout;
  }

  pointer(address: Address): Address {
    const value = readPointer(this.memory, this.layout, address);
    if (value === null) throw new Error(`cannot read 0x${address.toString(16)}`);
    return value;
  }

  /** Frames of a thread, newest first. */
  frames(thread: Address): Address[] {
    const { frame } = this.layout;
    const { cframeCurrentFrame } = this.layout.thread;
    let address = this.pointer(thread + this.layout.thread.frame);
    if (cframeCurrentFrame !== null) address = this.pointer(address + cframeCurrentFrame);
    const frames = [];
    for (; address !== 0; address = this.pointer(address + (frame.kind === "stack" ? frame.previous : frame.back))) frames.push(address);
    return frames;
  }

  word(address: Address, value: number | bigint): void {
    const bytes = Buffer.alloc(this.layout.wordSize);
    this.put(bytes, 0, value);
    this.bytes(address, bytes);
  }

  /** A word as the process has them: what is too large for it is as large as a size can be. */
  put(bytes: Buffer, at: number, value: number | bigint): void {
    const wanted = BigInt.asUintN(64, BigInt(value));
    if (this.layout.wordSize === 8) bytes.writeBigUInt64LE(wanted, at);
    else bytes.writeUInt32LE(wanted > 0xffff_ffffn && wanted < 1n << 63n ? 0x7fff_fff0 : Number(BigInt.asUintN(32, wanted)), at);
  }

  bytes(address: Address, bytes: Uint8Array): void {
    if (writeSync(this.#fd, bytes, 0, bytes.length, address) !== bytes.length) throw new Error(`cannot write 0x${address.toString(16)}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
