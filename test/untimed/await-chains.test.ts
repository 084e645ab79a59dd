import { describe, expect, it } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address, Milliseconds } from "../../src/base/units.ts";
import { readCode, type CodeInfo } from "../../src/cpython/code.ts";
import { readAwaitChain } from "../../src/cpython/coroutines/await-chain.ts";
import { AwaitableTypes } from "../../src/cpython/coroutines/awaitable-types.ts";
import { readLocal } from "../../src/cpython/coroutines/locals.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import { RawStack } from "../../src/cpython/raw-stack.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { Footprint } from "../../src/sampler/tasks/footprint.ts";
import { extraInterpreters, requireI686Interpreters, requireInterpreters, type Interpreter } from "../support/interpreters.ts";
import { startTarget, type Target } from "../support/target.ts";

/** How long a program is watched that changes all the time. */
const watched: Milliseconds = 500;
/** Of switching_awaits.py: functions and lines from the outermost frame in. */
const possible = [
  "",
  "root:48 a1:27 a2:22 a3:18 pause:14",
  "root:49 b1:35 b2:31 pause:14",
  "root:50 numbers:39 b2:31 pause:14",
  "root:50 numbers:41 b2:31 pause:14",
  "root:51 b2:31 pause:14",
];

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

/** Every chain that was proved while the program ran, and how often. */
async function watch({ path }: Interpreter): Promise<ReadonlyMap<string, number>> {
  await using target = await startTarget({ path }, "switching_awaits.py");
  const { layout } = openTarget(target);
  const memory = new RemoteMemory(target.pid);
  const print = new Footprint(memory);
  const types = new AwaitableTypes();
  const stack = new RawStack();
  const codes = new Map<Address, CodeInfo>();
  const place = (code: Address, instruction: number): string => {
    const info = codes.get(code) ?? readCode(memory, layout, code)!;
    codes.set(code, info);
    return `${info.name}:${locate(info, instruction - info.instructions).line}`;
  };
  const seen = new Map<string, number>();
  for (const end = performance.now() + watched; performance.now() < end;) {
    print.clear();
    const chain = readAwaitChain(print, layout, Number(target.ready), stack, types);
    if (chain === null || !print.isStill(memory)) continue;
    expect(["running", "suspended"]).toContain(chain.state);
    expect(chain.isWhole).toBe(true);
    const places = Array.from({ length: stack.length }, (_, index) => place(stack.code[index]!, stack.instruction[index]!));
    const key = places.toReversed().join(" ");
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return seen;
}

describe.each([...requireInterpreters(), ...extraInterpreters()])("chains of awaits in CPython $version, $path", (interpreter) => {
  it("are what the program says, with the variables of their frames", () => expectTruth(interpreter, []));
  it("are the same while tools watch every instruction", () => expectTruth(interpreter, ["traced"]));

  it("are none that never was, in a program that goes from one to the next all the time", async () => {
    const seen = await watch(interpreter);
    expect([...seen.keys()].filter((chain) => !possible.includes(chain))).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe.each(requireI686Interpreters())("chains of awaits in 32-bit CPython $version", (interpreter) => {
  it("are what the program says, with the variables of their frames", () => expectTruth(interpreter, []));
});
