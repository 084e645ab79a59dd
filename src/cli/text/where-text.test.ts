import { expect, test } from "vitest";
import { FunctionKind, Known, State } from "../../profile/tables.ts";
import type { WhereFrame, WhereResult, WhereThread } from "../../sampler/where.ts";
import { plain } from "./terminal.ts";
import { formatWhere } from "./where-text.ts";

const source: Readonly<Record<string, string>> = {
  "/srv/app.py:10": "main()",
  "/srv/app.py:5": "    return compute(1) + früh(2)  # slow",
  "/srv/app.py:7": "\tfoo(\x1b[31m,",
};

function frame(name: string, line: number, place: Partial<WhereFrame> = {}): WhereFrame {
  return { name, file: "/srv/app.py", line, endLine: line, column: 0, endColumn: 0, kind: FunctionKind.python, ...place };
}

function thread(tid: number, frames: readonly WhereFrame[], more: Partial<WhereThread> = {}): WhereThread {
  return { tid, name: "", interpreter: 0, state: 0, known: Known.verified, frames, ...more };
}

function show(threads: readonly WhereThread[], width = 80): string {
  const result: WhereResult = {
    pid: 812,
    parentPid: 1,
    commandLine: ["python", "my app.py"],
    executable: "/usr/bin/python3.12",
    pythonVersion: "3.12.1",
    wordSize: 8,
    threads,
    taskLibraries: [],
    tasks: null,
  };
  return formatWhere(result, { paint: plain, readSource: (file, line) => source[`${file}:${line}`] ?? null, width });
}

test("threads, states in words, the newest frame last, its part of the line underlined", () => {
  // Columns count bytes: the call stands at bytes 25 to 33 and takes eight of them, but seven columns of a terminal.
  const busy = thread(812, [frame("<module>", 10), frame("Worker.run", 5, { column: 25, endColumn: 33 })], {
    name: "MainThread",
    state: State.onCpu | State.holdsGil | State.collecting,
  });
  const idle = thread(815, [], { name: "pool-1", state: State.waitsForGil });
  const shaky = thread(816, [frame("poll", 99)], { interpreter: 2, state: State.stopped, known: Known.partial });
  expect(show([busy, idle, shaky])).toBe(`Process 812: python 'my app.py'
Python 3.12.1 (/usr/bin/python3.12)

Thread 812 MainThread: on CPU, holds the GIL, collects garbage
  <module> (/srv/app.py:10)
    main()
  Worker.run (/srv/app.py:5)
    return compute(1) + früh(2)  # slow
                        ^^^^^^^

Thread 815 pool-1: idle, waits for the GIL
  no Python frame

Thread 816 of sub-interpreter 2: stopped (it runs too fast to prove its newest frames)
  poll (/srv/app.py:99)
`);
});

test("a whole line is not underlined, nor what does not fit", () => {
  expect(show([thread(1, [frame("<module>", 10, { column: 1, endColumn: 7 })])])).not.toContain("^");
  expect(show([thread(1, [frame("f", 5, { column: 25, endColumn: 33 })])], 20)).not.toContain("^");
});

test("a statement over several lines is underlined to the end of its first", () => {
  expect(show([thread(1, [frame("f", 5, { column: 12, endLine: 7, endColumn: 3 })])])).toContain(
    `    return compute(1) + früh(2)  # slow\n           ${"^".repeat(28)}\n`,
  );
});

test("nonsense columns do no harm", () => {
  for (const [column, endColumn] of [
    [1e9, 2e9],
    [5, 2],
    [1, 1e9],
    [-3, -2],
  ] as const) {
    expect(show([thread(1, [frame("f", 5, { column, endColumn })])])).toContain("return compute(1)");
  }
});

test("nothing from the target reaches the terminal as a command", () => {
  const text = show([thread(1, [frame("\x1b[2Jf", 7, { column: 2, endColumn: 5 }), frame("g\n", 0, { file: "\u202eevil" })], { name: "\x1b]0;x\x07" })]);
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  expect(text).toContain("    foo(\\x1b[31m,\n    ^^^\n");
});

test("deep recursion is told in few lines", () => {
  const text = show([thread(1, [frame("<module>", 10), ...Array.from({ length: 10_000 }, () => frame("dive", 20)), frame("bottom", 30)])]);
  expect(text.match(/dive/g)).toHaveLength(3);
  expect(text).toContain("  ... the same 9997 more times\n  bottom");
});

test("a stack of thousands of different frames is told from both ends, names of a million letters by their start", () => {
  const deep = Array.from({ length: 5000 }, (_, index) => frame(index % 2 === 0 ? "ping" : "pong", index));
  const text = show([thread(812, [frame("x".repeat(1_000_000), 3, { file: "\x1b".repeat(1_000_000) }), ...deep])]);
  expect(text).toContain("  ... 4001 more frames\n");
  expect(text).toMatch(/pong \(.*:4999\)\n$/);
  expect(text.length).toBeLessThan(100_000);
});
