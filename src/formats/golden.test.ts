import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../../test/golden/example-recording.ts";
import { exampleTaskBlocks } from "../../test/golden/example-tasks.ts";
import { LynceusError } from "../base/errors.ts";
import { formatReport } from "../profile/report.ts";
import { stableBlocks } from "../profile/stable-blocks.ts";
import { reportTasks } from "../profile/task-report.ts";
import type { Recording } from "../profile/tables.ts";
import { type WriteOptions, defaultWriteOptions } from "./format.ts";
import { gzipPieces } from "./gzip.ts";
import { opening, placeholder } from "./html/html-format.ts";
import { openRecording } from "./open-recording.ts";
import { bytesSource } from "./recording/byte-source.ts";
import { findFormatByName, findFormatByPath, formats } from "./registry.ts";

const example = recordingOf([...stableBlocks(exampleBlocks)]);
const withTasks = recordingOf([...stableBlocks(exampleTaskBlocks)]);
const template = `<!doctype html><title>page</title><body>${placeholder}<p>after</p>`;

function written(name: string, recording: Recording = example, options: Partial<WriteOptions> = {}): Buffer {
  const pieces = findFormatByName(name)!.write!(recording, { ...defaultWriteOptions, htmlTemplate: template, ...options });
  return Buffer.concat([...pieces].map((piece) => Buffer.from(piece as string)));
}

/** What a report shows, without what the format cannot know. */
function numbersOf(recording: Recording): unknown {
  const { rows, time, samples, threads } = formatReport(recording, { mode: "wall", by: "line", limit: null });
  return { rows, time, samples, threads };
}

/** All that there is in it; anything but `bad-recording` comes through. */
function readAll(bytes: Uint8Array): number | LynceusError {
  try {
    let samples = 0;
    for (const block of openRecording(bytesSource(bytes)).blocks()) samples += block.samples.length;
    return samples;
  } catch (error) {
    if (error instanceof LynceusError && error.code === "bad-recording") return error;
    throw error;
  }
}

/** UPDATE_GOLDEN=1 writes them anew: look at the difference before it is committed. */
describe("golden files", () => {
  it.each([
    ["example.austin", "austin", { showCollections: true }],
    ["example-cpu.austin", "austin", { mode: "cpu" }],
    ["example-full.austin", "austin", { full: true, showCollections: true }],
    ["example.collapsed", "collapsed", {}],
    ["example-time.collapsed", "collapsed", { weight: "time", showCollections: true }],
    ["example.mojo", "mojo", { showCollections: true }],
    ["example-full.mojo", "mojo", { full: true }],
    ["example.pb", "pprof", {}],
    ["example-cpu.pb", "pprof", { mode: "cpu" }],
    ["example.otlp", "otlp", {}],
    ["example.speedscope.json", "speedscope", {}],
    ["example.gecko.json", "gecko", {}],
    ["example.trace.json", "chrome", {}],
    ["example.jsonl", "jsonl", {}],
    ["example.html", "html", {}],
    ["example.lyn", "lyn", {}],
    ["tasks.austin", "austin", {}],
    ["tasks.collapsed", "collapsed", { weight: "time" }],
    ["tasks-cpu.collapsed", "collapsed", { weight: "time", mode: "cpu" }],
    ["tasks.mojo", "mojo", {}],
    ["tasks.pb", "pprof", {}],
    ["tasks.otlp", "otlp", {}],
    ["tasks.speedscope.json", "speedscope", {}],
    ["tasks.gecko.json", "gecko", {}],
    ["tasks.trace.json", "chrome", {}],
    ["tasks.jsonl", "jsonl", {}],
    ["tasks.lyn", "lyn", {}],
  ] as const)("%s", (file, name, options) => {
    const path = new URL(`../../test/golden/${file}`, import.meta.url);
    const recording = file.startsWith("tasks") ? withTasks : example;
    const bytes = written(name, recording, options);
    if (process.env["UPDATE_GOLDEN"] === "1" || (!existsSync(path) && process.env["CI"] === undefined)) writeFileSync(path, bytes);
    const golden = readFileSync(path);
    // Other versions of zlib deflate to other bytes: what counts is what is in it.
    if (name === "lyn" || name === "html") {
      expect(numbersOf(openRecording(bytesSource(golden)))).toEqual(numbersOf(recording));
      expect(openRecording(bytesSource(golden)).meta).toEqual(exampleMeta);
    } else {
      expect(bytes.toString("latin1")).toBe(golden.toString("latin1"));
    }
  });
});

it("a recording of version 1 is read as it was", () => {
  const golden = readFileSync(new URL("../../test/golden/example-1.lyn", import.meta.url));
  expect(golden[8]).toBe(1);
  expect(numbersOf(openRecording(bytesSource(golden)))).toEqual(numbersOf(example));
});

describe("reading back", () => {
  it.each(["lyn", "html", "jsonl", "speedscope", "gecko", "chrome", "pprof", "otlp", "austin", "mojo"])(
    "%s keeps all of a thread's time, whoever had it",
    (name) => {
      const back = openRecording(bytesSource(written(name, withTasks)));
      const { time, threads } = formatReport(back, { mode: "wall", by: "line", limit: null });
      expect([time, threads.map((thread) => thread.time)]).toEqual([120_000_000, [120_000_000]]);
    },
  );

  it.each(["lyn", "html", "jsonl"])("%s keeps tasks, and what they waited for", (name) => {
    const back = openRecording(bytesSource(written(name, withTasks)));
    expect(reportTasks(back, { stretchOver: 0 })).toEqual(reportTasks(withTasks, { stretchOver: 0 }));
  });

  it.each(["speedscope", "gecko", "pprof", "otlp", "austin", "mojo", "collapsed"])("%s keeps the time of each task where it was spent", (name) => {
    const back = openRecording(bytesSource(written(name, withTasks, { weight: "time" })));
    const own = (recording: Recording): unknown =>
      formatReport(recording, { mode: "wall", by: "function", limit: null })
        .rows.filter(({ total }) => total > 0)
        .map((row) => `${row.name.replace(/[;,]/, "")} ${row.own} ${row.total}`)
        .sort();
    expect(own(back)).toEqual(own(withTasks));
  });

  it.each(["lyn", "html", "jsonl"])("%s keeps everything", (name) => {
    const back = openRecording(bytesSource(written(name)));
    expect([back.meta, back.isComplete, numbersOf(back)]).toEqual([exampleMeta, true, numbersOf(example)]);
    expect(openRecording(bytesSource(written(name, { ...example, isComplete: false }))).isComplete).toBe(false);
  });

  it.each(["speedscope", "gecko", "chrome"])("%s keeps how the recording ended, and how good it is", (format) => {
    const options = { mode: "wall", by: "line", limit: null } as const;
    const [ours, theirs] = [example, openRecording(bytesSource(written(format)))].map((recording) => formatReport(recording, options));
    expect([theirs!.meta, theirs!.end, theirs!.quality]).toEqual([exampleMeta, ours!.end, ours!.quality]);
    expect(theirs!.threads.map(({ pid, tid, name }) => [pid, tid, name])).toEqual(ours!.threads.map(({ pid, tid, name }) => [pid, tid, name]));
    expect(openRecording(bytesSource(written(format, { ...example, isComplete: false }))).isComplete).toBe(false);
  });

  it("an Austin file keeps the times by stack", () => {
    const text = written("austin", example, { showCollections: true });
    const back = openRecording(bytesSource(text));
    const { rows, time } = formatReport(back, { mode: "wall", by: "line", limit: null });
    expect(time).toBe(13_500_000);
    expect(rows.map(({ name, line, own }) => [name, line, own])).toContainEqual(["work", 14, 2_000_000]);
    expect(rows.map(({ name }) => name)).toContain("(unproved)");
    expect([back.isComplete, back.meta.interval, back.meta.creator]).toEqual([true, 1_000_000, "Austin 3.7.0"]);
    expect(written("austin", back, { showCollections: true }).toString()).toBe(text.toString());
    expect(openRecording(bytesSource(written("austin", { ...example, isComplete: false }))).isComplete).toBe(false);
  });

  it("a MOJO file keeps the times by stack, the columns and the names of threads", () => {
    const bytes = written("mojo", example, { showCollections: true });
    const back = openRecording(bytesSource(bytes));
    const ours = formatReport(example, { mode: "wall", by: "line", limit: null });
    const theirs = formatReport(back, { mode: "wall", by: "line", limit: null });
    const numbers = ({ rows }: typeof ours): unknown =>
      rows.map(({ line, own, total }) => [line, Math.round(own / 1e5), Math.round(total / 1e5)].join(" ")).toSorted((a, b) => a.localeCompare(b));
    expect(numbers(theirs)).toEqual(numbers(ours));
    expect(theirs.threads.map(({ pid, tid, name }) => [pid, tid, name])).toEqual([
      [1234, 0, "MainThread"],
      [1234, 0, "wörker"],
      [1234, 1240, ""],
    ]);
    const columns = (recording: Recording): number[] => [...recording.blocks()].flatMap(({ frames }) => [...frames.endColumn]).toSorted((a, b) => a - b);
    expect(columns(back)).toEqual(columns(example));
    expect(written("mojo", back, { showCollections: true }).equals(bytes)).toBe(true);
    expect(openRecording(bytesSource(written("mojo", { ...example, isComplete: false }))).isComplete).toBe(false);
  });

  it("a collapsed file keeps times, threads and places", () => {
    const text = written("collapsed", example, { weight: "time", showCollections: true });
    const back = openRecording(bytesSource(text));
    expect(formatReport(back, { mode: "wall", by: "line", limit: null }).threads.map(({ pid, name }) => [pid, name])).toEqual([
      [1234, "MainThread"],
      [1234, "wörker"],
    ]);
    expect(written("collapsed", back, { weight: "time", showCollections: true }).toString()).toBe(text.toString());
  });

  it.each(formats.map(({ name }) => name))("%s is found by its contents, gzipped too", (name) => {
    const bytes = written(name);
    const packed = Buffer.concat([...gzipPieces([bytes.subarray(0, 50), bytes.subarray(50)])]);
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
    expect(readAll(packed)).toBe(readAll(bytes));
    expect(readAll(packed)).toBeGreaterThan(0);
    expect(readAll(packed.subarray(0, packed.length - 9))).toBeInstanceOf(LynceusError);
  });

  it("other people's files are understood as far as it goes", () => {
    const collapsed = openRecording(bytesSource(Buffer.from("main;work (a b.py:3);c++ (lib.so) 12\r\nmain 3.5\n\n# note\nmain 1")));
    expect(formatReport(collapsed, { mode: "wall", by: "line", limit: null }).rows.map(({ name, file, line, own }) => [name, file, line, own])).toEqual([
      ["c++", "lib.so", 0, 12_000],
      ["main", "", 0, 4_000],
      ["work", "a b.py", 3, 0],
    ]);
    const austin = openRecording(bytesSource(Buffer.from("P1;T2;a:b.py:f:3;:INVALID:;kernel:do_it:0 5\nP1;T2;native@7f00:_start:9 6\nP1;T2;a:f:3 7")));
    expect([austin.isComplete, formatReport(austin, { mode: "wall", by: "line", limit: null }).rows.map(({ name, file, own }) => [name, file, own])]).toEqual([
      false,
      [
        ["_start", "native@7f00", 6_000],
        ["do_it", "", 5_000],
        ["f", "a:b.py", 0],
        ["(invalid)", "", 0],
      ],
    ]);
    const named = openRecording(bytesSource(Buffer.from("P1;T-1:my worker;a:f:3 7\n")));
    expect(formatReport(named, { mode: "wall", by: "line", limit: null }).threads).toMatchObject([{ pid: 1, tid: 0, name: "my worker" }]);
    expect(readAll(Buffer.from("# austin: 3.7.0\n# mode: memory\n\nP1;T1;a:b:1 5\n"))).toBeInstanceOf(LynceusError);
    expect(readAll(Buffer.from("# austin: 3.7.0\n# mode: wall\n\nP1;T1;a:b:1 x\n"))).toBeInstanceOf(LynceusError);
    expect(readAll(Buffer.from("<html><p>no recording</p></html>"))).toBeInstanceOf(LynceusError);
    expect(readAll(new Uint8Array(0))).toBeInstanceOf(LynceusError);
    expect(readAll(Buffer.from("#!/bin/sh\necho no\n"))).toBeInstanceOf(LynceusError);
  });
});

describe("whatever the names are", () => {
  const anyRecording = arbitraryBlocks.map((blocks) => recordingOf([...stableBlocks(blocks)]));

  it("lines stay lines", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        // As Python splits lines: at every kind of line end that Unicode knows.
        const collapsed = written("collapsed", recording)
          .toString()
          .split(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
        expect(collapsed.pop()).toBe("");
        for (const line of collapsed) expect(line).toMatch(/^python:\d+;[^;]+(;[^;]+)* [1-9]\d*$/);
        const austin = written("austin", recording, { full: true, showCollections: true })
          .toString()
          .split(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
        for (const line of austin) expect(line).toMatch(/^(# [a-z]+: .*|P\d+;T\d+:\d+(;([^;]*:[^;:]+:\d+|:GC:))* \d+,[01],-?\d+|)$/);
      }),
    );
  });

  it("pages have nothing in them but the page and base64", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const [before = "", after = ""] = template.split(placeholder);
        const page = written("html", recording).toString();
        expect(page.startsWith(before + opening)).toBe(true);
        expect(page.slice(before.length + opening.length, -after.length)).toMatch(/^[A-Za-z0-9+/]+={0,2}<\/script>$/);
        expect(numbersOf(openRecording(bytesSource(Buffer.from(page))))).toEqual(numbersOf(recording));
      }),
    );
  });
});

describe("damage", () => {
  it.each(formats.map(({ name }) => name))("in %s gives an error or something shorter, never a crash", (name) => {
    const bytes = written(name);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(bytes.length),
        fc.boolean(),
        (changes, length, isCut) => {
          const damaged = Buffer.from(bytes);
          for (const [offset, value] of changes) damaged[offset] = value;
          const samples = readAll(isCut ? damaged.subarray(0, length) : damaged);
          // These say how many samples a row has, and are believed as far as memory and patience go.
          if (typeof samples === "number") expect(samples).toBeLessThanOrEqual(["pprof", "otlp"].includes(name) ? 2 ** 23 : 100);
        },
      ),
      { numRuns: 300 },
    );
  });
});

it("formats are found by name and by extension", () => {
  expect(findFormatByPath("/a/b.LYN")).toEqual({ format: findFormatByName("lyn"), isGzipped: false });
  expect(findFormatByPath("x.collapsed.gz")).toEqual({ format: findFormatByName("collapsed"), isGzipped: true });
  expect(findFormatByPath("x.gz")).toBeNull();
  expect(findFormatByPath("austin")).toBeNull();
  expect(findFormatByName("nothing")).toBeNull();
});
