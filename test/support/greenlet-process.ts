import type { Mapping } from "../../src/base/memory.ts";
import type { Address, Pid } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { GreenletReader } from "../../src/cpython/greenlets/greenlet-reader.ts";
import { readInterpreters, readThreadStates } from "../../src/cpython/interpreters.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import type { RawStack } from "../../src/cpython/raw-stack.ts";
import type { ThreadState } from "../../src/cpython/thread-state.ts";
import { openProcessImage, readMappings } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";

/** The greenlets of a process's main interpreter. */
export interface GreenletProcess {
  readonly memory: RemoteMemory;
  readonly layout: Layout;
  /** Its address. */
  readonly interpreter: Address;
  readonly mappings: () => readonly Mapping[];
  readonly reader: GreenletReader;
  readonly threads: ReadonlyMap<number, ThreadState>;
  /** Function and line of each frame, newest first. */
  tell(stack: RawStack): readonly (readonly [name: string, line: number])[];
}

export function openGreenlets(pid: Pid): GreenletProcess {
  using image = openProcessImage(pid)!;
  const runtime = findRuntime(image);
  if (!runtime.ok) throw new Error(`no runtime in ${pid}: ${runtime.error.kind}`);
  const memory = new RemoteMemory(pid);
  const { layout } = runtime.value;
  const interpreter = readInterpreters(memory, runtime.value)!.at(-1)!;
  const mappings = (): readonly Mapping[] => readMappings(pid);
  const opened = GreenletReader.open({ memory, layout, interpreter: interpreter.address, mappings });
  if (!opened?.ok) throw new Error(`no greenlets in ${pid}: ${opened === null ? "not imported" : opened.error}`);
  const tell = (stack: RawStack): (readonly [string, number])[] =>
    Array.from({ length: stack.length }, (_, index) => {
      const code = readCode(memory, layout, stack.code[index]!);
      const start = layout.code.adaptive === null ? 0 : stack.code[index]! + layout.code.adaptive;
      return code ? [code.name, locate(code, stack.instruction[index]! - start).line] : ["?", 0];
    });
  return {
    memory,
    layout,
    interpreter: interpreter.address,
    mappings,
    reader: opened.value,
    threads: readThreadStates(memory, runtime.value, interpreter)!,
    tell,
  };
}
