import { readInterpreters, readThreadStates, type Interpreter } from "../../src/cpython/interpreters.ts";
import { readCode } from "../../src/cpython/code.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import type { RawStack } from "../../src/cpython/raw-stack.ts";
import type { ThreadState } from "../../src/cpython/thread-state.ts";
import type { Address, Pid, Tid } from "../../src/base/units.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import type { KernelCapture } from "../../src/sampler/capture/kernel/kernel-capture.ts";
import type { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import type { KernelThread } from "../../src/sampler/capture/kernel/kernel-threads.ts";
import { KernelSource } from "../../src/sampler/capture/kernel/kernel-source.ts";
import { ThreadIds } from "../../src/sampler/thread-ids.ts";

/** A Python thread with all that a capture of it through the kernel needs. */
export interface KernelTarget {
  readonly tid: Tid;
  readonly address: Address;
  readonly state: ThreadState;
  readonly interpreter: Interpreter;
  readonly layout: Layout;
  readonly memory: RemoteMemory;
  readonly row: KernelThread;
  readonly capture: KernelCapture;
  /** Names of the functions, root first. */
  names(stack: RawStack): readonly string[];
}

/** All Python threads of a process, the one that was started first first. */
export function openKernelTargets(exchange: KernelExchange, pid: Pid): readonly KernelTarget[] {
  using image = openProcessImage(pid);
  const found = image === null ? null : findRuntime(image);
  if (found?.ok !== true) throw new Error(`no interpreter in ${pid}: ${JSON.stringify(found?.error)}`);
  const runtime = found.value;
  const { layout } = runtime;
  const memory = new RemoteMemory(pid);
  const source = new KernelSource(exchange, true);
  const ids = new ThreadIds(pid, memory, layout.wordSize);
  const namesOfCode = new Map<Address, string>();
  const nameOf = (code: Address): string => {
    const name = namesOfCode.get(code) ?? readCode(memory, layout, code)?.name ?? "?";
    namesOfCode.set(code, name);
    return name;
  };
  return (readInterpreters(memory, runtime) ?? [])
    .flatMap((interpreter) =>
      [...(readThreadStates(memory, runtime, interpreter) ?? [])].map(([address, state]) => {
        const tid = ids.find(state) ?? 0;
        const row = source.watch(pid, tid)!;
        const capture = source.open({ pid, tid, address, interpreter, layout }, row)!;
        const names = (stack: RawStack): string[] =>
          [...stack.code.subarray(0, stack.length)]
            .filter((code) => code !== 0)
            .map(nameOf)
            .reverse();
        return { tid, address, state, interpreter, layout, memory, row, capture, names };
      }),
    )
    .toSorted((a, b) => a.tid - b.tid);
}
