import { describe, expect, test } from "vitest";
import { NodeKind, type CallTree } from "../../src/profile/call-tree.ts";
import { loadProfile } from "../../src/profile/profile.ts";
import { FunctionKind, Known, NONE, State } from "../../src/profile/tables.ts";
import { RecordingMaker, type Code } from "../../test/browser/recording-maker.ts";
import { busyByFunction } from "./busy-by-function.ts";
import { buildCallers, buildCalls, filterOf, functionOfNode, threadNodes, topNode, weighStacks, type Scope } from "./call-trees.ts";
import { findDepthLimit } from "./depth-limit.ts";
import { timesByFunction, timesByLine } from "./function-rows.ts";
import { buildLabels } from "./labels.ts";
import { placesOfFunction } from "./places.ts";
import { qualityFigures, verdictOf } from "./quality.ts";
import { sortFunctions } from "./sort-functions.ts";
import { activityByThread } from "./thread-activity.ts";
import { timedNodes } from "./timed-nodes.ts";
import { timesByKind } from "./times-by-kind.ts";

const main: Code = { name: "main", file: "/srv/app/main.py", line: 1 };
const walk: Code = { name: "walk", file: "/srv/app/walk.py", line: 10 };
const parse: Code = { name: "parse", file: "/usr/lib/python3.12/json/decoder.py", line: 20 };
const marker: Code = { name: "(unproved)", file: "", line: 0, kind: FunctionKind.marker };

/** Two processes. The first recurses in walk, and calls parse from two depths; its other thread sleeps. */
function made() {
  const maker = new RecordingMaker();
  const first = maker.process(10, "python", "-u", "/srv/app/main.py");
  const second = maker.process(20, "python", "-m", "app.child");
  const a = maker.thread(first, 10, "MainThread");
  const b = maker.thread(first, 11, "");
  const c = maker.thread(second, 20, "MainThread");
  const root = maker.stack(NONE, main, 5);
  const once = maker.stack(root, walk, 12);
  const twice = maker.stack(once, walk, 14);
  maker.sample(10, a, once, 10, 10, State.onCpu | State.holdsGil);
  maker.sample(40, a, maker.stack(twice, parse, 25), 30, 20, State.onCpu);
  maker.sample(60, a, maker.stack(twice, parse, 26), 20, 20, State.onCpu | State.holdsGil, Known.partial);
  maker.sample(60, b, maker.stack(root, walk, 12), 60, 0, 0);
  maker.sample(65, a, twice, 5, 5, State.onCpu | State.collecting);
  maker.sample(70, c, maker.stack(NONE, marker), 7, 7, State.onCpu, Known.lost);
  return loadProfile(maker.finish());
}

const profile = made();
const labels = buildLabels(profile);
const all: Scope = { kind: "all" };
const weights = weighStacks(profile, filterOf("wall", all));
const calls = buildCalls(profile, weights);
const named = (name: string): number => Array.from({ length: profile.functions.length }, (_, i) => i).find((index) => labels.functionName(index) === name)!;

/** As text: each node with its time, below its parent. */
function outline(tree: CallTree, node = 0, depth = 0): string[] {
  const lines = [`${"  ".repeat(depth)}${labels.nameOfNode(tree, node)} ${tree.total[node]}`];
  for (let child = tree.firstChild[node]!; child !== NONE; child = tree.nextSibling[child]!) lines.push(...outline(tree, child, depth + 1));
  return lines;
}

describe("call trees", () => {
  test("by process and thread, the top being what is worth a row", () => {
    expect(outline(calls)).toEqual([
      "(all) 132",
      "  main.py (pid 10) 125",
      "    MainThread 65",
      "      main 65",
      "        walk 65",
      "          walk 55",
      "            parse 50",
      "            (garbage collection) 5",
      "    Thread 11 60",
      "      main 60",
      "        walk 60",
      "  app.child (pid 20) 7",
      "    MainThread 7",
      "      (unproved) 7",
    ]);
    expect(topNode(calls)).toBe(0);
    const one = buildCalls(profile, weighStacks(profile, filterOf("wall", { kind: "process", process: 0 })));
    expect(one.kind[topNode(one)]).toBe(NodeKind.process);
    expect(threadNodes(calls).map((node) => calls.total[node])).toEqual([65, 60, 7]);
  });

  test("filtered by thread and metric", () => {
    const outlineOf = (mode: "cpu" | "gil", scope: Scope): string[] =>
      outline(buildCalls(profile, weighStacks(profile, filterOf(mode, scope)))).map((line) => line.trim());
    expect(outlineOf("cpu", { kind: "thread", thread: 0 })).toContain("parse 40");
    expect(outlineOf("gil", all)).toContain("parse 20");
    expect(outlineOf("cpu", { kind: "thread", thread: 1 })[0]).toBe("(all) 0");
  });

  test("upside down", () => {
    const callers = outline(buildCallers(profile, weights, Infinity));
    expect(callers).toContain("  parse 50");
    expect(callers).toContain("    walk 50");
    expect(callers).toContain("      walk 50");
    expect(callers).toContain("        main 50");
    const cut = outline(buildCallers(profile, weights, 2));
    expect(cut).toContain("    walk 50");
    expect(cut).not.toContain("      walk 50");
  });

  test("the depth limit is the largest one that keeps the callers small", () => {
    expect(findDepthLimit(profile.stacks, weights, 1000)).toBe(Infinity);
    for (const most of [6, 9, 12, 14, 15, 16]) {
      const limit = findDepthLimit(profile.stacks, weights, most);
      const cost = (depth: number): number => {
        let nodes = 0;
        for (let row = 0; row < weights.length; row++)
          for (let at = weights.stackAt(row), d = 0; at !== NONE && d < depth; at = profile.stacks.parent[at]!, d++) nodes++;
        return nodes;
      };
      if (limit > 1) expect(cost(limit)).toBeLessThanOrEqual(most);
      if (limit !== Infinity) expect(cost(limit + 1)).toBeGreaterThan(most);
    }
  });
});

describe("times", () => {
  const times = timesByFunction(calls, profile.functions.length);

  test("recursion counts once, and a collection is own time of what it struck", () => {
    expect([times.own[named("walk")], times.total[named("walk")]]).toEqual([75, 125]);
    expect([times.own[named("parse")], times.total[named("parse")]]).toEqual([50, 50]);
    expect([times.own[named("main")], times.total[named("main")]]).toEqual([0, 125]);
    expect(times.order.map(labels.functionName)).toEqual(["walk", "parse", "(unproved)", "main"]);
  });

  test("by line", () => {
    expect(timesByLine(profile, weights, named("walk"))).toEqual([
      { line: 12, own: 70, total: 125 },
      { line: 14, own: 5, total: 55 },
    ]);
    expect(timesByLine(profile, weights, named("parse")).map(({ line, own }) => [line, own])).toEqual([
      [25, 30],
      [26, 20],
    ]);
  });

  test("by whose code it is, and how much of it on a CPU", () => {
    expect(timesByKind(times, labels)).toMatchObject({ own: 75, standard: 50, marker: 7, library: 0 });
    expect(busyByFunction(profile, "wall", all)[named("parse")]).toBe(40);
    expect(busyByFunction(profile, "gil", all)[named("parse")]).toBe(20);
    expect(busyByFunction(profile, "wall", { kind: "thread", thread: 1 })[named("walk")]).toBe(0);
    expect(activityByThread(profile)).toEqual([
      { wall: 65, cpu: 55, gil: 30, waiting: 0, told: 65 },
      { wall: 60, cpu: 0, gil: 0, waiting: 0, told: 60 },
      { wall: 7, cpu: 7, gil: 0, waiting: 0, told: 7 },
    ]);
  });

  test("sorted as the table asks", () => {
    const names = (column: "own" | "total" | "name" | "place", isReversed: boolean, matched: Uint8Array | null = null): string[] =>
      sortFunctions(times, labels, matched, column, isReversed).map(labels.functionName);
    expect(names("own", false)).toEqual(["walk", "parse", "(unproved)", "main"]);
    expect(names("own", true)[0]).toBe("main");
    expect(names("name", false)).toEqual(["(unproved)", "main", "parse", "walk"]);
    expect(names("place", true)).toEqual(
      ["parse", "walk", "main", "(unproved)"].sort((a, b) => labels.place(named(b)).localeCompare(labels.place(named(a)), "en")),
    );
    const onlyMain = new Uint8Array(profile.functions.length);
    onlyMain[named("main")] = 1;
    expect(names("total", false, onlyMain)).toEqual(["main"]);
  });
});

test("every sample finds its node and its lane", () => {
  const lanes = threadNodes(calls);
  const nodes = timedNodes(profile, "wall", calls, lanes);
  const shown = Array.from(profile.samples.thread.subarray(0, nodes.length), (_, i) => [nodes.lane[i], labels.nameOfNode(calls, nodes.node[i]!)]);
  expect(shown).toEqual([
    [0, "walk"],
    [0, "parse"],
    [0, "parse"],
    [1, "walk"],
    [0, "walk"],
    [2, "(unproved)"],
  ]);
  const gil = buildCalls(profile, weighStacks(profile, filterOf("gil", all)));
  expect([...(timedNodes(profile, "gil", gil, threadNodes(gil)).node as Int32Array)].filter((node) => node !== NONE).length).toBe(2);
  expect(functionOfNode(calls, 0)).toBe(null);
});

test("labels say what a person would", () => {
  expect(labels.place(named("parse"))).toBe("json/decoder.py:20");
  expect(labels.place(named("(unproved)"))).toBe("");
  expect(labels.threadName(1)).toBe("Thread 11");
  const thread = threadNodes(calls)[0]!;
  expect([labels.placeOfNode(calls, thread), labels.kindOfNode(calls, thread)]).toEqual(["tid 10", "group"]);
});

test("places on a line count the last column, as people do", () => {
  expect([...placesOfFunction(profile, named("walk"))]).toEqual([
    [12, "9–32"],
    [14, "9–32"],
  ]);
});

test("quality", () => {
  const figures = qualityFigures(profile);
  expect(figures.map(({ name, count }) => [name, count])).toEqual([
    ["verified", 4],
    ["exact", 0],
    ["paused", 0],
    ["partial", 1],
    ["lost", 1],
    ["late", 0],
  ]);
  expect(verdictOf(figures)).toBe("poor");
  expect(verdictOf(figures.map((figure) => ({ ...figure, share: figure.isLoss ? 0.001 : figure.share })))).toBe("good");
  expect(verdictOf(figures.map((figure) => ({ ...figure, share: figure.isLoss ? 0.01 : figure.share })))).toBe("fair");
  const late = (share: number) => figures.map((figure) => ({ ...figure, share: figure.name === "late" ? share : figure.isLoss ? 0 : figure.share }));
  expect([verdictOf(late(0.05)), verdictOf(late(0.5))]).toEqual(["good", "fair"]);
  const foreign = qualityFigures({ quality: [], samples: { ...profile.samples, known: new Uint8Array(profile.samples.length).fill(Known.unchecked) } });
  expect(foreign.at(-2)).toMatchObject({ name: "unchecked", share: 1 });
  expect(verdictOf(foreign)).toBe("unchecked");
});
