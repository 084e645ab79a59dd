import fc from "fast-check";
import { type Block, type FrameColumns, type FunctionColumns, NONE, type StackColumns, State, taskKinds } from "../../src/profile/tables.ts";
import { sampleColumns, waitColumns } from "./example-recording.ts";

/** Any JavaScript string, lone surrogates among them. */
const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 });
const duration = fc.oneof(fc.nat(2_000_000), fc.maxSafeNat());
const line = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1));
const signed = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });

/** Lengths of tables that go on from block to block, as a sampler's do. */
interface Lengths {
  strings: number;
  processes: number;
  threads: number;
  tasks: number;
  functions: number;
  frames: number;
  stacks: number;
}

/** Blocks that hold together: every index points to a row that is there by then. */
export const arbitraryBlocks: fc.Arbitrary<readonly Block[]> = fc
  .array(fc.boolean(), { maxLength: 4 })
  .chain((plans) => {
    let lengths: Lengths = noLengths();
    const blocks = plans.map((restartsTables) => {
      if (restartsTables) lengths = noLengths();
      const [arbitrary, after] = blockAfter(lengths, restartsTables);
      lengths = after;
      return arbitrary;
    });
    return fc.tuple(...blocks);
  });

function noLengths(): Lengths {
  return { strings: 0, processes: 0, threads: 0, tasks: 0, functions: 0, frames: 0, stacks: 0 };
}

/** A block of fixed table sizes, so that the blocks after it know what they may point to. */
function blockAfter(before: Lengths, restartsTables: boolean): [fc.Arbitrary<Block>, Lengths] {
  const after = { strings: before.strings + 5, processes: before.processes + 2, threads: before.threads + 3, tasks: before.tasks + 3, functions: before.functions + 4, frames: before.frames + 6, stacks: before.stacks + 7 };
  const below = (length: number): fc.Arbitrary<number> => fc.nat(length - 1);
  const rows = <T>(length: number, row: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(row, { minLength: length, maxLength: length });
  const columns = (length: number, row: readonly fc.Arbitrary<number>[]): fc.Arbitrary<number[][]> => fc.tuple(...row.map((value) => rows(length, value)));
  const functions = columns(4, [below(after.strings), below(after.strings), line, fc.nat(4)]).map(
    ([name = [], file = [], firstLine = [], kind = []]): FunctionColumns => ({ length: 4, name: Int32Array.from(name), file: Int32Array.from(file), firstLine: Int32Array.from(firstLine), kind: Uint8Array.from(kind) }),
  );
  const frames = columns(6, [below(after.functions), line, line, line, line]).map(
    ([of = [], lines = [], endLine = [], column = [], endColumn = []]): FrameColumns => ({
      length: 6,
      function: Int32Array.from(of),
      line: Int32Array.from(lines),
      endLine: Int32Array.from(endLine),
      column: Int32Array.from(column),
      endColumn: Int32Array.from(endColumn),
    }),
  );
  const stacks = fc.tuple(rows(7, fc.nat()), rows(7, below(after.frames))).map(
    ([parent, frame]): StackColumns => ({ length: 7, parent: Int32Array.from(parent, (value, row) => (value % (before.stacks + row + 1)) - 1), frame: Int32Array.from(frame) }),
  );
  const stack = fc.integer({ min: -1, max: after.stacks - 1 });
  const task = fc.integer({ min: -1, max: after.tasks - 1 });
  const sample = fc
    .tuple(duration, below(after.threads), stack, duration, duration, fc.nat(0xffff), fc.nat(5), task, fc.nat(99))
    .map(([time, thread, at, wall, cpu, state, known, of, percent]) => {
      // A file in wall mode has no other weight for the GIL.
      const mayShare = (state & State.holdsGil) === 0;
      return [time, thread, at, wall, cpu, state, known, of, mayShare ? Math.floor((wall / 100) * percent) : 0] as const;
    });
  const wait = fc
    .tuple(duration, below(after.threads), below(after.tasks), stack, duration, duration, fc.nat(1000), fc.nat(5), below(after.strings))
    .map(([start, thread, of, at, wall, longer, samples, known, what]) => [start, Math.min(start + longer, Number.MAX_SAFE_INTEGER), thread, of, at, wall, longer, samples, known, what] as const);
  const block: fc.Arbitrary<Block> = fc.record({
    restartsTables: fc.constant(restartsTables),
    strings: rows(5, text),
    processes: rows(2, fc.record({ pid: fc.nat(), parentPid: fc.nat(), commandLine: fc.array(text, { maxLength: 3 }), pythonVersion: text, executable: text, startTime: signed })),
    threads: rows(3, fc.record({ process: below(after.processes), tid: fc.nat(), interpreter: fc.nat(), name: text, startTime: signed })),
    renames: fc.array(fc.record({ time: signed, thread: below(after.threads), name: text }), { maxLength: 2 }),
    tasks: rows(3, fc.record({ thread: below(after.threads), kind: fc.constantFrom(...taskKinds), name: text, coroutine: text, address: fc.maxSafeNat(), startTime: signed, isLoop: fc.constant(true as const) }, { requiredKeys: ["thread", "kind", "name", "coroutine", "address", "startTime"] })),
    taskRenames: fc.array(fc.record({ time: signed, task: below(after.tasks), name: text }), { maxLength: 2 }),
    functions,
    frames,
    stacks,
    samples: fc.array(sample, { maxLength: 30 }).map((samples) => sampleColumns(samples)),
    waits: fc.array(wait, { maxLength: 10 }).map((waits) => waitColumns(waits)),
    residents: fc.array(fc.record({ time: duration, process: below(after.processes), bytes: fc.maxSafeNat() }), { maxLength: 3 }),
    quality: fc.array(
      fc.record({ time: duration, roundsDue: fc.nat(), roundsLate: fc.nat(), verified: fc.nat(), exact: fc.nat(), paused: fc.nat(), partial: fc.nat(), lost: fc.nat(), busy: duration }),
      { maxLength: 2 },
    ),
    end: fc.option(fc.record({ duration, reason: text })),
  });
  return [block, after];
}
