import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { findFormatByName } from "../../src/formats/registry.ts";
import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import type { Recording } from "../../src/profile/tables.ts";
import { exampleBlocks, recordingOf } from "../golden/example-recording.ts";
import { exampleTaskBlocks } from "../golden/example-tasks.ts";
import { profilerCli } from "../support/foreign-viewers.ts";

/** The Firefox Profiler agrees with what we write for it: the same threads, call tree and markers. */
const directory = mkdtempSync(join(tmpdir(), "lynceus-firefox-"));
afterAll(() => rmSync(directory, { recursive: true }));

interface CallNode {
  readonly name: string;
  readonly totalSamples: number;
  readonly selfSamples: number;
  readonly children: readonly CallNode[];
}

/** "main 6 0", deeper ones indented; milliseconds. */
function treeOf({ children }: CallNode, indent = ""): readonly string[] {
  return children.flatMap((node) => [`${indent}${node.name} ${rounded(node.totalSamples)} ${rounded(node.selfSamples)}`, ...treeOf(node, `${indent}  `)]);
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

interface Asking {
  readonly ask: (...words: string[]) => string;
  readonly answer: (...words: string[]) => Record<string, never>;
}

/** Has the profiler open what we write of a recording. Null: it is not here. */
async function inProfiler(name: string, recording: Recording, mode: "wall" | "cpu", check: (asking: Asking) => void): Promise<boolean> {
  const program = profilerCli();
  if (program === null) return false;
  const path = join(directory, `${name}.gecko.json`);
  writeFileSync(path, [...findFormatByName("gecko")!.write!(recording, { ...defaultWriteOptions, mode })].map(String).join(""));
  // It keeps what it has open in a process of its own.
  const environment = { ...process.env, HOME: directory, PROFILER_CLI_SESSION_DIR: directory };
  const keeper = spawn(process.execPath, [program, "--daemon", path, "--session", name], { env: environment, stdio: "ignore" });
  const ask = (...words: string[]): string =>
    execFileSync(process.execPath, [program, ...words, "--session", name], { encoding: "utf8", env: environment, stdio: "pipe", timeout: 60_000 });
  try {
    await vi.waitFor(() => ask("profile", "info"), { timeout: 30_000, interval: 300 });
    check({ ask, answer: (...words) => JSON.parse(ask(...words, "--json")) as Record<string, never> });
  } finally {
    keeper.kill();
  }
  return true;
}

function treeIn({ answer }: Asking, thread: string): readonly string[] {
  return treeOf(answer("thread", "samples-top-down", "--include-idle", "--thread", thread)["regularCallTree"] as unknown as CallNode);
}

function markersIn({ answer }: Asking, thread: string): readonly string[] {
  const { byType } = answer("thread", "markers", "--thread", thread) as unknown as {
    byType: { markerName: string; count: number; durationStats: { max: number } }[];
  };
  return byType.map(({ markerName, count, durationStats }) => `${markerName} ${count} ${rounded(durationStats.max)}`).toSorted();
}

it.for(["wall", "cpu"] as const)("the Firefox Profiler sees our threads, stacks and markers (%s)", { timeout: 240_000 }, async (mode, context) => {
  const isHere = await inProfiler(mode, recordingOf([...stableBlocks(exampleBlocks)]), mode, (asking) => {
    const tree = (thread: string): readonly string[] => treeIn(asking, thread);
    const info = asking.ask("profile", "info", "--all");
    expect(info).toContain("This profile contains 2 threads across 1 processes.");
    expect(info).toMatch(/t-\d: MainThread \[tid 1234\]/);
    expect(info).toMatch(/t-\d: wörker \[tid 1240\]/);
    if (mode === "cpu") {
      expect(tree("t-0")).toEqual(["main 3.9896 0", "  work 2.99 0.99", "    work 2 2", "  (unproved) 0.9996 0.9996", "(lost) 1 1"]);
      return;
    }
    expect(tree("t-0")).toEqual([
      "main 6 0",
      "  work 4.0004 2",
      "    work 2.0004 2.0004",
      "  parse;<b>\n</script> 1 1",
      "  (unproved) 0.9996 0.9996",
      "(lost) 1 1",
    ]);
    expect(tree("t-1")).toEqual(["run 4.9994 4.9994"]);
    expect(markersIn(asking, "t-0")).toEqual([
      "collects garbage 1 1.0003",
      "exact 1 1.0003",
      "holds the GIL 1 4",
      "lost 1 1",
      "on a CPU 2 4",
      "partial 1 0.9996",
      "paused 1 1",
      "verified 2 2.0001",
      "waits for the GIL 1 1",
    ]);
  });
  if (!isHere) context.skip();
});

it("the Firefox Profiler sees tasks in stacks, and what they wait for", { timeout: 240_000 }, async (context) => {
  const isHere = await inProfiler("tasks", recordingOf([...stableBlocks(exampleTaskBlocks)]), "wall", (asking) => {
    expect(treeIn(asking, "t-0").map((line) => line.trim())).toEqual(
      expect.arrayContaining(["run 120 0", "Task-1 100 0", "Task-2 50 0", "handle 50 30", "parse; 20 20", "reader 50 50", "request 12 20 0"]),
    );
    expect(markersIn(asking, "t-0")).toEqual(expect.arrayContaining(["Task-1 1 100", "reader 1 100", "request 12 1 40"]));
  });
  if (!isHere) context.skip();
});
