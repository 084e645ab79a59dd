import { expect, test } from "vitest";
import type { Report, ReportRow, ReportThread } from "../../profile/report.ts";
import { FunctionKind } from "../../profile/tables.ts";
import { displayWidth } from "./printable.ts";
import { type ReportTextOptions, formatReportText } from "./report-text.ts";
import { plain } from "./terminal.ts";

function row(name: string, file: string, line: number, own: number, total: number): ReportRow {
  return { name, file, line, kind: FunctionKind.python, own: own * 1e6, total: total * 1e6, ownSamples: own, totalSamples: total };
}

const main: ReportThread = { thread: 0, pid: 812, tid: 812, name: "MainThread", time: 10_000e6, samples: 10_000 };

const report: Report = {
  meta: {
    creator: "lynceus 0.1.0",
    startedAt: Date.UTC(2026, 10, 21, 22, 1, 3),
    interval: 1e6,
    mode: "wall",
    command: ["python", "my app.py"],
    host: "web-1",
    system: "Linux",
    extra: {},
  },
  isComplete: true,
  end: { duration: 10_002e6, reason: "the program ended" },
  time: 10_000e6,
  samples: 10_000,
  rows: [
    row("compute", "/srv/app.py", 12, 7_000, 7_000),
    row("Cache.get", "/usr/lib/python3.12/site-packages/cache/memory.py", 301, 2_999.9, 9_999),
    row("<module>", "/srv/app.py", 1, 0, 10_000),
  ],
  rowCount: 5,
  threads: [main],
  processes: [{ pid: 812, parentPid: 1, commandLine: ["python", "my app.py"], pythonVersion: "3.12.1", executable: "/usr/bin/python3.12", startTime: 0 }],
  activity: { onCpu: 6_000e6, waitingForCpu: 500e6, blocked: 3_500e6, stopped: 0, untold: 0 },
  quality: { time: 10_002e6, roundsDue: 10_002, roundsLate: 2, verified: 9_990, exact: 0, paused: 0, partial: 9, lost: 1, busy: 50e6 },
};

const options: ReportTextOptions = { paint: plain, width: null, mode: "wall" };

function show(change: Partial<Report> = {}, more: Partial<ReportTextOptions> = {}, thread: ReportThread | null = null): string {
  const changed = { ...report, ...change };
  return formatReportText("app.lyn", changed, [{ thread, process: null, report: changed }], { ...options, ...more });
}

test("a table of one process, and those that were left out", () => {
  const text = formatReportText(
    "app.lyn",
    { ...report, end: { ...report.end!, unrecorded: 3 } },
    [{ thread: null, process: report.processes[0]!, report }],
    options,
  );
  expect(text).toContain("Wall time of process 812 (python 'my app.py'), 1 thread: 10 s, 10,000 samples\n");
  expect(text).toContain("\n  3 Python processes below it were not recorded; -C records them too\n");
});

test("what was recorded, how well, and where the time went", () => {
  expect(show()).toBe(`app.lyn: python 'my app.py'
  Python 3.12.1, process 812 on web-1, 2026-11-21 22:01:03 UTC
  10 s, every 1 ms; the program ended
  samples: verified 99.9 %, partial 0.09 %, lost 0.01 %; rounds late: 0.02 %

Wall time of 1 thread: 10 s, 10,000 samples
  on a CPU 60 %, waiting for a CPU 5 %, blocked 35 %
               own             total  function
   7.00 s   70.0 %   7.00 s   70.0 %  compute    /srv/app.py:12
   3.00 s   30.0 %  10.00 s  100.0 %  Cache.get  /usr/lib/python3.12/site-packages/cache/memory.py:301
   0.00 s    0.0 %  10.00 s  100.0 %  <module>   /srv/app.py:1
  2 more; --limit 0 shows all
`);
});

test("a terminal's width is kept, by the beginnings of paths", () => {
  const lines = show({}, { width: 70 }).split("\n");
  const table = lines.slice(lines.findIndex((line) => line.startsWith("Wall")) + 1);
  for (const line of table) expect(displayWidth(line), line).toBeLessThanOrEqual(70);
  expect(table.join("\n")).toMatch(/Cache\.get {2}…[\w/.]+memory\.py:301\n/);
});

test("a recording without its end says so", () => {
  expect(show({ isComplete: false, end: null })).toContain("The end of this recording is missing");
});

test("a thread by its name", () => {
  expect(show({}, { mode: "cpu" }, main)).toContain("CPU time of thread MainThread (812:812): 10 s");
});

test("nothing seen", () => {
  const text = show({ rows: [], rowCount: 0, time: 0, samples: 0, threads: [], processes: [] });
  expect(text).toContain("Wall time of 0 threads: 0 us, 0 samples\n  no Python frame was seen\n");
  const idle = { ...report, rows: [], rowCount: 0, time: 0, samples: 0, threads: [] };
  expect(formatReportText("app.lyn", idle, [], { ...options, mode: "cpu" })).toContain(
    "\n\nCPU time of 0 threads: 0 us, 0 samples\n  no thread was seen to use a CPU\n",
  );
});

test("of another profiler's file, what it tells", () => {
  const unknown = { command: [], interval: 0, startedAt: 0, host: "" };
  const text = show({
    meta: { ...report.meta, ...unknown },
    processes: [],
    end: null,
    quality: { ...report.quality, time: 0, verified: 0, partial: 0, lost: 0 },
  });
  expect(text).toMatch(/^app\.lyn\n\nWall time of 1 thread/);
});

test("a few processes by their ids, many by their number", () => {
  const processes = [1, 2, 3, 4, 5].map((pid) => ({ ...report.processes[0]!, pid }));
  expect(show({ processes: processes.slice(0, 3) })).toContain(", processes 1, 2, 3 on ");
  expect(show({ processes })).toContain(", 5 processes on ");
});

test("nothing from a file reaches the terminal as a command", () => {
  const evil = "\x1b[2J\u202e\n";
  const text = show(
    {
      rows: [row(evil, evil, 1, 1, 1)],
      meta: { ...report.meta, command: [evil], host: evil },
      processes: [{ ...report.processes[0]!, pythonVersion: evil }],
      end: { duration: 1, reason: evil },
    },
    {},
    { ...main, name: evil },
  );
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  expect(text.split("\n")).toHaveLength(11);
});

test("a name of a million letters does not widen every line, whatever the width", () => {
  const rows = [row("x".repeat(1_000_000), "/srv/app.py", 1, 1, 1), row("short", "/srv/app.py", 2, 1, 1)];
  const lines = show({ rows, rowCount: 2 }, { width: null }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(2200);
  expect(lines.some((line) => line.includes("short") && line.includes("/srv/app.py:2"))).toBe(true);
});
