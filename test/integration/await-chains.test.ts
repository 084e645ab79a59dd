import { describe, expect, it } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import { readAwaitChain } from "../../src/cpython/coroutines/await-chain.ts";
import { AwaitableTypes } from "../../src/cpython/coroutines/awaitable-types.ts";
import { readLocal } from "../../src/cpython/coroutines/locals.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import { RawStack } from "../../src/cpython/raw-stack.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { extraInterpreters, requireI686Interpreters, requireInterpreters, type Interpreter } from "../support/interpreters.ts";
import { startTarget, type Target } from "../support/target.ts";

/** What await_chains.py says of itself. Addresses are `id()`s. */
interface Truth {
  readonly chains: Readonly<Record<string, ChainTruth>>;
  readonly locals: readonly (readonly [frame: Address, code: Address, name: string, value: Address | null])[];
}

interface ChainTruth {
  readonly root: Address;
  readonly state: "CREATED" | "SUSPENDED" | "RUNNING" | "CLOSED";
  readonly frame: Address;
  readonly code: Address;
  /** The outermost first. Positions are 0 where Python does not say. */
  readonly frames: readonly (readonly [code: Address, name: string, line: number, line: number, endLine: number, column: number, endColumn: number])[];
  readonly end: Address;
  readonly whole: boolean;
}

const states = { created: "CREATED", suspended: "SUSPENDED", running: "RUNNING", finished: "CLOSED" };

function openTarget(target: Target): { readonly memory: MemoryReader; readonly layout: Layout } {
  const image = openProcessImage(target.pid);
  const runtime = image && findRuntime(image);
  if (!runtime?.ok) throw new Error("no runtime");
  return { memory: image!.memory, layout: runtime.value.layout };
}

/** What our reader says, in the truth's own form. */
function readChain(memory: MemoryReader, layout: Layout, { root, frames }: ChainTruth, types: AwaitableTypes): ChainTruth | null {
  const stack = new RawStack();
  const chain = readAwaitChain(memory, layout, root, stack, types);
  if (chain === null) return null;
  const read = Array.from({ length: stack.length }, (_, index) => {
    const code = readCode(memory, layout, stack.code[index]!)!;
    const offset = stack.instruction[index]! - code.instructions;
    expect(offset, "the frame shows in a stack").toBeGreaterThanOrEqual(code.firstTraceable > 0 ? code.firstTraceable : -2);
    const { line, ...at } = locate(code, offset);
    const position = chain.state === "created" || frames[0]![3] === 0 ? [0, 0, 0, 0] : [line, at.endLine, at.column - 1, at.endColumn - 1];
    return [stack.code[index]!, code.name, line, ...position] as unknown as ChainTruth["frames"][number];
  });
  return {
    root,
    state: states[chain.state] as ChainTruth["state"],
    frame: chain.rootFrame,
    code: chain.rootCode,
    frames: read.toReversed(),
    end: chain.end,
    whole: chain.isWhole,
  };
}

async function expectTruth({ path }: Interpreter, args: readonly string[]): Promise<void> {
  await using target = await startTarget({ path }, "await_chains.py", args);
  const truth = JSON.parse(target.ready) as Truth;
  const { memory, layout } = openTarget(target);
  const types = new AwaitableTypes();
  const names = Object.keys(truth.chains);
  expect(names.length).toBeGreaterThan(30);
  const read = Object.fromEntries(names.map((name) => [name, readChain(memory, layout, truth.chains[name]!, types)]));
  expect(read).toEqual(truth.chains);
  expect(truth.locals.length).toBeGreaterThan(20);
  expect(truth.locals.map(([frame, code, name]) => [frame, code, name, readLocal(memory, layout, frame, code, name)])).toEqual(truth.locals);
}

describe.each([...requireInterpreters(), ...extraInterpreters()])("chains of awaits in CPython $version, $path", (interpreter) => {
  it("are what the program says, with the variables of their frames", () => expectTruth(interpreter, []));
  it("are the same while tools watch every instruction", () => expectTruth(interpreter, ["traced"]));
});

describe.each(requireI686Interpreters())("chains of awaits in 32-bit CPython $version", (interpreter) => {
  it("are what the program says, with the variables of their frames", () => expectTruth(interpreter, []));
});
