import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { exampleTaskBlocks } from "../../../test/golden/example-tasks.ts";
import { exampleBlocks, recordingOf } from "../../../test/golden/example-recording.ts";
import { totalsOf, withTimesEndToEnd, withoutTasks } from "../../../test/golden/totals.ts";
import { formatReport } from "../../profile/report.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { TablesBuilder } from "../../profile/tables-builder.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { chromeFormat } from "./chrome-format.ts";

function written(recording: Recording, mode: "wall" | "cpu" | "gil" = "wall"): string {
  return [...chromeFormat.write!(recording, { ...defaultWriteOptions, mode })].join("");
}

function read(text: string | object): Recording {
  return chromeFormat.read!(bytesSource(Buffer.from(typeof text === "string" ? text : JSON.stringify(text))));
}

/** A slice is a function, told by where it begins. */
function withoutLines(blocks: readonly Block[]): readonly Block[] {
  const tables = new TablesBuilder();
  return blocks.map((block) => {
    tables.add(block);
    const lines = Array.from({ length: block.frames.length }, (_, row) => tables.functions.firstLine[block.frames.function[row]!]!);
    return { ...block, frames: { ...block.frames, line: lines } };
  });
}

function rowsOf(recording: Recording): unknown {
  return formatReport(recording, { mode: "wall", by: "line", limit: null }).rows.map(({ name, file, line, own, total }) => [name, file, line, own, total]);
}

const isSomething = (line: string): boolean => !line.endsWith(" 0");

describe("trace events", () => {
  it("keep threads, functions, times, the GIL and how samples are known", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.constantFrom("wall", "gil"), (blocks, mode) => {
        const recording = recordingOf(withoutLines(withoutTasks(withTimesEndToEnd([...stableBlocks(blocks)]))));
        const back = read(written(recording, mode));
        for (const shown of mode === "gil" ? (["gil"] as const) : (["wall", "gil"] as const)) {
          const options = { mode: shown, count: "time" } as const;
          expect(totalsOf(back, options).filter(isSomething)).toEqual(totalsOf(recording, options).filter(isSomething));
        }
        expect(back.meta).toEqual({ ...recording.meta, mode });
      }),
    );
  });

  it("are nested slices: what begins ends, in its thread, in the order of time", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const { traceEvents } = JSON.parse(written(recordingOf([...stableBlocks(blocks)]))) as {
          traceEvents: { ph: string; pid: number; tid: number; ts: number }[];
        };
        const depths = new Map<string, number>();
        const times = new Map<string, number>();
        for (const { ph, pid, tid, ts } of traceEvents) {
          expect(ts).toBeGreaterThanOrEqual(0);
          if (ph !== "B" && ph !== "E") continue;
          const key = `${pid}:${tid}`;
          depths.set(key, (depths.get(key) ?? 0) + (ph === "B" ? 1 : -1));
          expect(depths.get(key)).toBeGreaterThanOrEqual(0);
          expect(ts).toBeGreaterThanOrEqual(times.get(key) ?? 0);
          times.set(key, ts);
        }
        expect([...depths.values()].filter((depth) => depth !== 0)).toEqual([]);
      }),
    );
  });

  it("have a row for each task that is there at a time: that it runs, or what it waits for", () => {
    const { traceEvents } = JSON.parse(written(recordingOf([...stableBlocks(exampleTaskBlocks)]))) as {
      traceEvents: { ph: string; cat?: string; name: string; ts: number; id2?: { local: string }; pid: number; tid: number }[];
    };
    const ofTasks = traceEvents.filter(({ cat, ph }) => cat === "task" && (ph === "b" || ph === "e"));
    expect(new Set(ofTasks.map(({ pid, tid }) => `${pid} ${tid}`))).toEqual(new Set(["4321 4321"]));
    const slices = (row: string): string[] => {
      const open: string[] = [];
      const shown: string[] = [];
      for (const { ph, name, ts, id2 } of ofTasks) {
        if (id2?.local !== row) continue;
        if (ph === "b") open.push(`${name} ${ts / 1000}`);
        else shown.push(`${open.pop()!}-${ts / 1000}`);
      }
      expect(open).toEqual([]);
      return shown.filter((_, at) => at % 2 === 0).map((inner, at) => `${shown[2 * at + 1]!.split(" ")[0]} ${inner}`);
    };
    // It was renamed at 100 ms.
    expect(slices("0.task.0")).toEqual(["Task-2 runs 0-60", "request waits: sleep 60-100", "request runs 100-120"]);
    expect(slices("0.task.1")).toEqual(["Task-1 waits: another task 0-100"]);
    expect(slices("0.task.2")).toEqual(["reader waits: Lock 0-100"]);
    // Whatever they are called, they say nothing of their thread's samples.
    const renamed = exampleTaskBlocks.map((block) => ({ ...block, taskRenames: block.taskRenames.map((row) => ({ ...row, name: "holds the GIL" })) }));
    const recording = recordingOf([...stableBlocks(renamed)]);
    expect(totalsOf(read(written(recording)), { mode: "gil", count: "time" })).toHaveLength(4);
    expect(formatReport(read(written(recording)), { mode: "wall", by: "function", limit: null }).time).toBe(120_000_000);
  });

  it("show what the example shows", () => {
    const { traceEvents } = JSON.parse(written(recordingOf([...stableBlocks(exampleBlocks)]))) as { traceEvents: Record<string, unknown>[] };
    const main = traceEvents
      .filter(({ tid, ph }) => tid === 1234 && (ph === "B" || ph === "E"))
      .map(({ ph, name, ts }) => (ph === "B" ? `${String(ts)} ${String(name)}` : String(ts)));
    expect(main).toEqual([
      "0 main",
      "0 work",
      "1000 work",
      "3000.4",
      "3000.4",
      "3000.4 (unproved)",
      "4000",
      "4000 parse;<b>\n</script>",
      "5000",
      "5000",
      "5000 (lost)",
      "6000",
      "6000 main",
      "6000 work",
      "7000",
      "7000",
    ]);
    expect(traceEvents.filter(({ ph, cat }) => ph === "b" && cat === "known").map(({ name }) => name)).toEqual([
      "MainThread: known",
      "verified",
      "thread 1240: known",
      "verified",
      "exact",
      "partial",
      "paused",
      "lost",
      "verified",
    ]);
    expect(traceEvents.filter(({ cat }) => cat === "GC").map(({ ph, name, ts }) => [ph, name, ts])).toEqual([
      ["b", "MainThread: GC", 2000.1],
      ["b", "collects garbage", 2000.1],
      ["e", "collects garbage", 3000.4],
      ["e", "MainThread: GC", 7000],
    ]);
  });

  it("of others are understood: B and E, X in any order, lists without an end", () => {
    const at = { pid: 1, tid: 2 };
    const work = { ...at, name: "work", cat: "py-spy", args: { filename: "/a.py", line: 7 } };
    const events = [
      { ph: "M", name: "thread_name", ...at, args: { name: "pool" } },
      { ...work, ph: "B", ts: 1_000_000 },
      { ...work, ph: "B", name: "inner", ts: 1_000_010 },
      { ...at, ph: "C", name: "counter", ts: 3, args: { value: 1 } },
      { ...work, ph: "E", name: "inner", ts: 1_000_030 },
      { ...work, ph: "E", ts: 1_000_040 },
    ];
    const expected = [
      ["work", "/a.py", 7, 20_000, 40_000],
      ["inner", "/a.py", 7, 20_000, 20_000],
    ];
    expect(rowsOf(read(events))).toEqual(expected);
    expect(rowsOf(read(`${JSON.stringify(events).slice(0, -1)},\n`))).toEqual(expected);
    expect(formatReport(read(events), { mode: "wall", by: "line", limit: null }).threads).toMatchObject([{ pid: 1, tid: 2, name: "pool" }]);
    const complete = [
      { ...at, ph: "X", name: "leaf (b.py:3)", ts: 10.5, dur: 5 },
      { ...at, ph: "X", name: "late", ts: 30, dur: 2 },
      { ...at, ph: "X", name: "root (b.py:1)", ts: "10", dur: 10 },
      { ...at, ph: "X", name: "too long", ts: 18, dur: 100 },
    ];
    expect(rowsOf(read({ traceEvents: complete }))).toEqual([
      ["leaf", "b.py", 3, 5_000, 5_000],
      ["root", "b.py", 1, 3_000, 10_000],
      ["too long", "", 0, 2_000, 2_000],
      ["late", "", 0, 2_000, 2_000],
    ]);
  });

  it.each([
    ["no list", { traceEvents: 3 }],
    ["no events", { displayTimeUnit: "ns" }],
    ["a time that no clock has", [{ ph: "B", ts: 1e300, name: "a" }]],
  ])("that are %s are refused", (_, file) => {
    expect(() => [...read(file).blocks()]).toThrow(/./);
  });
});
