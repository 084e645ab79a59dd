import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleMeta, recordingOf } from "../../test/golden/example-recording.ts";
import { BlockBuilder } from "./block-builder.ts";
import { type Diff, buildDiff, changeOf } from "./diff.ts";
import { joinTables, joinWeights } from "./join-tables.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { type Summary, summarize } from "./stack-weights.ts";
import { type Tables, stringAt } from "./tables-builder.ts";
import { FunctionKind, Known, NONE, State } from "./tables.ts";
import { foldTaskName } from "./task-names.ts";

const millisecond = 1e6;

/** Stacks of function names, root first, as often as the number says, one sample each millisecond. */
function recorded(counts: Readonly<Record<string, number>>, file = "/app/app.py", reason = "the program ended"): Summary {
  const builder = new BlockBuilder();
  const thread = builder.thread(builder.process(1), 0, 1, "MainThread");
  let time = 0;
  for (const [path, count] of Object.entries(counts)) {
    const frames = path === "" ? [] : path.split(">").map((name) => builder.frame(name, file, 1, FunctionKind.python));
    const stack = frames.reduce((parent, frame) => builder.stack(parent, frame), NONE);
    for (let sample = 0; sample < count; sample++) {
      time += millisecond;
      builder.sample({ time, thread, stack, wall: millisecond, cpu: millisecond, state: State.onCpu, known: Known.verified });
    }
  }
  return summarize(recordingOf([builder.take({ duration: time, reason })]), { mode: "wall" });
}

const row = (diff: Diff, name: string): Diff["rows"][number] => diff.rows.find((one) => one.name === name)!;
const byFunction = { by: "function", basis: null } as const;

describe("buildDiff", () => {
  it("finds nothing between a recording and itself", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.constantFrom("function", "line"), fc.constantFrom("run", "second", "total"), (blocks, by, basis) => {
        const summary = summarize(recordingOf([...stableBlocks(blocks)]), { mode: "wall" });
        const { rows, scale } = buildDiff(summary, summary, { by, basis });
        expect(scale).toBeCloseTo(1, 12);
        for (const { own, total } of rows) expect([own.isSure, total.isSure]).toEqual([false, false]);
      }),
    );
  });

  it("says the opposite the other way round, and accounts for all time", () => {
    const paths = fc.dictionary(fc.constantFrom("a", "a>b", "a>b>c", "a>c", "c", "c>a", "c>a>c"), fc.integer({ min: 1, max: 50 }), { minKeys: 1 });
    fc.assert(
      fc.property(paths, paths, (first, second) => {
        const [a, b] = [recorded(first), recorded(second)];
        const there = buildDiff(a, b, byFunction);
        const back = buildDiff(b, a, byFunction);
        expect(back.rows.length).toBe(there.rows.length);
        for (const { name, own, total } of there.rows) {
          const other = row(back, name);
          expect(changeOf(other.own)).toBeCloseTo(-changeOf(own), 3);
          expect(changeOf(other.total)).toBeCloseTo(-changeOf(total), 3);
          expect([other.own.isSure, other.total.isSure]).toEqual([own.isSure, total.isSure]);
        }
        const sum = (side: "before" | "after"): number => there.rows.reduce((all, { own }) => all + own[side], 0);
        expect(sum("before")).toBeCloseTo(there.before.time, 3);
        expect(sum("after")).toBeCloseTo(there.after.time, 3);
      }),
    );
  });

  it("is sure of what is plain, and not of what may be chance", () => {
    const diff = buildDiff(recorded({ "main>a": 500, "main>b": 500, "main>c": 6 }), recorded({ "main>a": 800, "main>b": 520, "main>d": 8 }), byFunction);
    expect(diff.basis).toBe("run");
    expect(diff.rows[0]!.name).toBe("a");
    expect(row(diff, "a").own).toMatchObject({ before: 500 * millisecond, after: 800 * millisecond, isSure: true });
    for (const name of ["b", "c", "d"]) expect(row(diff, name).own.isSure).toBe(false);
    expect(row(diff, "main")).toMatchObject({ own: { isSure: false }, total: { isSure: true } });
  });

  it("says of two draws from the same program, in 19 of 20 comparisons, that nothing changed", () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const shares = [0.3, 0.2, 0.15, 0.1, 0.08, 0.06, 0.04, 0.03, 0.02, 0.01, 0.005, 0.005];
    const draw = (): Summary => {
      const counts: Record<string, number> = {};
      for (let sample = 0; sample < 2000; sample++) {
        let left = random();
        const index = Math.max(
          0,
          shares.findIndex((share) => (left -= share) < 0),
        );
        counts[`main>f${index}`] = (counts[`main>f${index}`] ?? 0) + 1;
      }
      return recorded(counts);
    };
    const trials = 200;
    let wrong = 0;
    for (let trial = 0; trial < trials; trial++) if (buildDiff(draw(), draw(), byFunction).rows.some(({ own, total }) => own.isSure || total.isSure)) wrong++;
    expect(wrong).toBeLessThan(0.08 * trials);
  });

  it("compares pieces of a service by the second, and files that do not say what they count by their shares", () => {
    const [short, long] = [recorded({ a: 100, b: 100 }, "/app/app.py", "time is up"), recorded({ a: 400, b: 400 }, "/app/app.py", "interrupted")];
    const diff = buildDiff(short, long, byFunction);
    expect([diff.basis, diff.scale]).toEqual(["second", 4]);
    expect(row(diff, "a").own).toMatchObject({ before: 400 * millisecond, after: 400 * millisecond, isSure: false });
    expect(buildDiff({ ...short, meta: { ...exampleMeta, interval: 0 } }, long, byFunction).basis).toBe("total");
    expect(buildDiff(recorded({}), long, { by: "function", basis: "total" }).scale).toBe(1);
  });
});

describe("joinTables", () => {
  const code = (file: string, lines: Readonly<Record<string, number>>): Tables => {
    const { tables } = recorded(Object.fromEntries(Object.keys(lines).map((name) => [name, 1])), file);
    return { ...tables, functions: { ...tables.functions, firstLine: Int32Array.from(Object.values(lines)) } };
  };

  it("knows a function again that has moved, with its lines", () => {
    const joined = joinTables(code("/srv/v1/app.py", { main: 1, work: 20 }), code("/srv/v2/app.py", { main: 1, work: 30, rest: 50 }));
    expect(joined.functions.length).toBe(3);
    expect(joined.frames.length).toBe(4); // work's line 1 is line 11 by now
    const library = joinTables(
      code("/usr/lib/python3.11/json/decoder.py", { decode: 300 }),
      code("/opt/venv/lib/python3.13/site-packages/../python3.13/json/decoder.py", { decode: 310 }),
    );
    expect(library.functions.length).toBe(1);
  });

  it("does not take functions of one name in different files for the same", () => {
    const two = (a: string, b: string): Tables => {
      const builder = new BlockBuilder();
      for (const file of [a, b]) builder.frame("__init__", file, 1, FunctionKind.python);
      return summarize(recordingOf([builder.take()]), { mode: "wall" }).tables;
    };
    expect(joinTables(two("/v1/a/models.py", "/v1/b/models.py"), two("/v2/a/models.py", "/v2/b/models.py")).functions.length).toBe(4);
  });

  it("keeps every sample's names and time", () => {
    const spelled = (tables: Tables, weights: Summary["weights"]): Map<string, number> => {
      const all = new Map<string, number>();
      for (let at = 0; at < weights.length; at++) {
        const names: string[] = [];
        for (let stack = weights.stackAt(at); stack !== NONE; stack = tables.stacks.parent[stack]!) {
          const index = tables.frames.function[tables.stacks.frame[stack]!]!;
          const name = stringAt(tables, tables.functions.name[index]!);
          names.push(tables.functions.kind[index] === FunctionKind.task ? foldTaskName(name) : name);
        }
        all.set(names.join("\0"), (all.get(names.join("\0")) ?? 0) + weights.timeAt(at));
      }
      return all;
    };
    fc.assert(
      fc.property(arbitraryBlocks, arbitraryBlocks, (first, second) => {
        const [before, after] = [first, second].map((blocks) => summarize(recordingOf([...stableBlocks(blocks)]), { mode: "wall" })) as [Summary, Summary];
        const joined = joinTables(before.tables, after.tables);
        expect(spelled(joined, joinWeights(before.weights, joined.before))).toEqual(spelled(before.tables, before.weights));
        expect(spelled(joined, joinWeights(after.weights, joined.after))).toEqual(spelled(after.tables, after.weights));
      }),
    );
  });
});
