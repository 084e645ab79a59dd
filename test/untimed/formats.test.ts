import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { findFormatByName } from "../../src/formats/registry.ts";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { bytesSource } from "../../src/formats/recording/byte-source.ts";
import { encodeRecording } from "../../src/formats/recording/encode-recording.ts";
import { readRecording } from "../../src/formats/recording/read-recording.ts";
import { readWaits } from "../../src/profile/samples.ts";
import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import { summarize } from "../../src/profile/stack-weights.ts";
import { NONE, type Recording } from "../../src/profile/tables.ts";
import { arbitraryBlocks } from "../golden/arbitrary-blocks.ts";
import { exampleTaskBlocks } from "../golden/example-tasks.ts";
import { withoutTasks } from "../golden/totals.ts";
import { exampleBlocks, recordingOf } from "../golden/example-recording.ts";

/** Readers that somebody else wrote, or that were written from the page alone, agree with ours. */
const golden = fileURLToPath(new URL("../golden", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "lynceus-formats-"));
afterAll(() => rmSync(directory, { recursive: true }));

const example = recordingOf([...stableBlocks(exampleBlocks)]);

type Total = [pid: number, tid: number, name: string, leaf: string | null, samples: number, wall: number, cpu: number];

type Waited = [name: string, leaf: string | null, what: string, wall: number, whole: number];

describe("a reader written from docs/recording-format.md", () => {
  function readByPython(bytes: Uint8Array): { meta: unknown; isComplete: boolean; end: unknown; totals: Total[]; waited: Waited[]; balance: number } {
    const path = join(directory, "recording.lyn");
    writeFileSync(path, bytes);
    return JSON.parse(execFileSync("python3", [join(golden, "read_lyn.py"), path], { encoding: "utf8", maxBuffer: 2 ** 26 }));
  }

  function ourTotals(recording: Recording): Map<string, number[]> {
    const totals = new Map<string, number[]>();
    for (const [mode, position] of [
      ["wall", 1],
      ["cpu", 2],
    ] as const) {
      const { tables, weights } = summarize({ ...recording, blocks: () => onCpu(recording) }, { mode });
      for (let row = 0; row < weights.length; row++) {
        const { process, tid } = tables.threads[weights.threadAt(row)]!;
        const stack = weights.stackAt(row);
        const leaf = stack === NONE ? null : tables.strings[tables.functions.name[tables.frames.function[tables.stacks.frame[stack]!]!]!]!;
        const key = JSON.stringify([tables.processes[process]!.pid, tid, leaf]);
        const total = totals.get(key) ?? [0, 0, 0];
        totals.set(key, total);
        if (mode === "wall") total[0]! += weights.samplesAt(row);
        total[position]! += weights.timeAt(row);
      }
    }
    return totals;
  }

  /** The page's reader knows no filters: every sample counts, as a whole and as on a CPU here. */
  function onCpu(recording: Recording): Recording extends { blocks(): infer B } ? B : never {
    return withoutTasks([...recording.blocks()]).map((block) => ({
      ...block,
      samples: { ...block.samples, state: block.samples.state.map((state) => state | 1) },
    }));
  }

  function theirTotals(totals: readonly Total[]): Map<string, number[]> {
    const sums = new Map<string, number[]>();
    for (const [pid, tid, , leaf, ...numbers] of totals) {
      const key = JSON.stringify([pid, tid, leaf]);
      sums.set(
        key,
        numbers.map((value, index) => value + (sums.get(key)?.[index] ?? 0)),
      );
    }
    return sums;
  }

  it("sees the same tasks wait for the same", () => {
    const { waited, balance } = readByPython(Buffer.concat([...encodeRecording(recordingOf(exampleTaskBlocks))]));
    const ours = new Map<string, [number, number]>();
    for (const { task, stack, what, wall, whole } of readWaits(stableBlocks(exampleTaskBlocks))) {
      const key = JSON.stringify([task.address, stack.at(-1)!.name, what]);
      const sum = ours.get(key) ?? [0, 0];
      ours.set(key, [sum[0] + wall, sum[1] + whole]);
    }
    // They have the names of the end.
    expect(waited.map(([name]) => name)).toEqual(["Task-1", "reader", "request 12"]);
    expect(waited.map(([, leaf, what, ...times]) => [leaf, what, ...times])).toEqual(
      [...ours].map(([key, times]) => [...(JSON.parse(key) as string[]).slice(1), ...times]),
    );
    expect(balance).toBe(0);
  });

  it("sees the same in the example", () => {
    const bytes = Buffer.concat([...encodeRecording(recordingOf(exampleBlocks))]);
    const theirs = readByPython(bytes);
    expect(theirs.meta).toEqual(example.meta);
    expect([theirs.isComplete, theirs.end]).toEqual([true, { duration: 7_250_000, reason: "the program ended" }]);
    expect(theirTotals(theirs.totals)).toEqual(ourTotals(readRecording(bytesSource(bytes))));
    expect(new Set(theirs.totals.map(([, , name]) => name))).toEqual(new Set(["MainThread", "wörker"]));
    expect(readByPython(bytes.subarray(0, -17)).isComplete).toBe(false);
  });

  it("sees the same in any recording", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        // Sums must stay whole in a double.
        const modest = blocks.map((block) => ({
          ...block,
          samples: { ...block.samples, wall: block.samples.wall.map((value) => value % 2 ** 40), cpu: block.samples.cpu.map((value) => value % 2 ** 40) },
        }));
        const bytes = Buffer.concat([...encodeRecording(recordingOf(modest))]);
        expect(theirTotals(readByPython(bytes).totals)).toEqual(ourTotals(readRecording(bytesSource(bytes))));
      }),
      { numRuns: 20 },
    );
  });
});

describe("austin-python", () => {
  const environment = join(root, ".cache", "austin-python");
  const python = join(environment, "bin", "python");

  function install(): boolean {
    if (existsSync(join(environment, "installed"))) return true;
    try {
      execFileSync("python3", ["-m", "venv", environment], { stdio: "pipe" });
      execFileSync(python, ["-m", "pip", "install", "--quiet", "austin-python==2.2.0"], { stdio: "pipe", timeout: 120_000 });
      writeFileSync(join(environment, "installed"), "");
      return true;
    } catch (error) {
      if (process.env["CI"] !== undefined) throw error;
      console.error("NOT CHECKED: austin-python could not be installed, so nobody else has read our Austin text");
      return false;
    }
  }

  it("understands what we write", { timeout: 180_000 }, (context) => {
    if (!install()) context.skip();
    const path = join(directory, "example.austin");
    writeFileSync(path, [...findFormatByName("austin")!.write!(example, { ...defaultWriteOptions, full: true, showCollections: true })].join(""));
    const events: unknown[] = execFileSync(python, [join(golden, "read_austin.py"), path], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const main = ["/app/app.py", "main", 5];
    expect(events).toEqual([
      ["austin", "3.7.0"],
      ["interval", "1000"],
      ["mode", "full"],
      [1234, 0, "1234", [main, ["/app/app.py", "work", 12]], 1000, false, false],
      [1234, 0, "1240", [], 500, true, false],
      [1234, 0, "1234", [main, ["/app/app.py", "work", 12], ["/app/app.py", "work", 14]], 1000, false, false],
      [1234, 0, "1240", [], 1000, true, false],
      [1234, 0, "1234", [main, ["/app/app.py", "work", 12], ["/app/app.py", "work", 14], ["", "GC", 0]], 1000, false, true],
      [1234, 0, "1234", [main, ["<lynceus>", "(unproved)", 0]], 1000, false, false],
      [1234, 0, "1234", [main, ["/app/a b,c:d.py", "parse,<b> </script>", 4]], 1000, true, false],
      [1234, 0, "1234", [["<lynceus>", "(lost)", 0]], 1000, false, false],
      [1234, 0, "1240", [["/app/app.py", "run", 31]], 5000, false, false],
      [1234, 0, "1234", [main, ["/app/app.py", "work", 12]], 1000, true, false],
      ["duration", "7250"],
      ["gc", "1000"],
    ]);
  });

  it("understands whatever the names are", { timeout: 180_000 }, (context) => {
    if (!install()) context.skip();
    const path = join(directory, "any.austin");
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const recording = recordingOf([...stableBlocks(blocks)]);
        const text = [...findFormatByName("austin")!.write!(recording, defaultWriteOptions)].join("");
        writeFileSync(path, text);
        const count = execFileSync(python, [join(golden, "read_austin.py"), path], { encoding: "utf8" })
          .trim()
          .split("\n").length;
        expect(count).toBe(text.split("\n").filter((line) => line !== "").length);
      }),
      { numRuns: 10 },
    );
  });
});
