import { expect, test } from "vitest";
import { exampleMeta, recordingOf } from "../../../test/golden/example-recording.ts";
import { exampleTaskBlocks } from "../../../test/golden/example-tasks.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { reportTasks } from "../../profile/task-report.ts";
import { formatTaskReport } from "./task-report-text.ts";
import { plain } from "./terminal.ts";

const recording = recordingOf([...stableBlocks(exampleTaskBlocks)], true, { ...exampleMeta, command: ["python3", "server.py"], interval: 20e6, extra: {} });

function text(stretchOver: number, limit = 30, width: number | null = null): string {
  return formatTaskReport("server.lyn", reportTasks(recording, { stretchOver }), { paint: plain, width, limit, stretchOver });
}

test("says what tasks waited for, and who kept the loop from its events", () => {
  expect(text(50e6)).toBe(`server.lyn: python3 server.py
  Python 3.13.0, process 4321 on example, 2026-09-21 14:13:20 UTC
  120 ms, every 20 ms; the program ended
  samples: verified 83.3 %, exact 16.7 %, lost 0 %; rounds late: 0 %

Loop of MainThread (4321:4321): busy 66.7 %; an event waited up to 10 ms half of the time, 58.8 ms in 99 % of it, 59.9 ms in 99.9 %, 60 ms at worst

3 tasks, those that ran most first
  tasks  running  waiting  longest  task                waits for
      1    80 ms    40 ms    60 ms  request * handle()  sleep 100 %
      1     0 us   100 ms        -  Task-* main()       another task 100 %
      1     0 us   100 ms        -  reader              Lock 100 %

1 time one task had its loop for more than 50 ms, by samples every 20 ms: no other task could run

  60 ms from 0 us on: request 12 handle() in MainThread (4321:4321), 3 samples, 60 ms on a CPU
    handle (/app/server.py:12)
    parse; (/app/server.py:33)
`);
});

test("puts stretches of the same functions together", () => {
  const report = reportTasks(recording, { stretchOver: 50e6 });
  const [one] = report.stretches;
  const several = { ...report, stretchCount: 3, stretches: [one!, { ...one!, duration: 55e6, task: "request 13" }, { ...one!, duration: 52e6, stack: [] }] };
  const shown = formatTaskReport("a.lyn", several, { paint: plain, width: null, limit: 30, stretchOver: 50e6 });
  expect(shown).toContain("3 times one task had its loop for more than 50 ms");
  expect(shown).toContain("  2 times, 115 ms in all; the longest: 60 ms from 0 us on: request 12 handle()");
  expect(shown.match(/handle \(\/app\/server.py:12\)/g)).toHaveLength(1);
});

test("is cut where it is asked to be, and fits", () => {
  const lines = text(1e9, 1, 60).trimEnd().split("\n");
  expect(lines).toContain("  2 more; --limit 0 shows all");
  expect(lines.at(-1)).toBe("No task was seen to have its loop for more than 1 s, by samples every 20 ms");
  for (const line of lines.filter((one) => one.includes("handle()"))) expect(line.length).toBeLessThanOrEqual(60);
});

test("has one line for a recording without tasks", () => {
  const empty = reportTasks(recordingOf([], true, exampleMeta), { stretchOver: 1 });
  expect(formatTaskReport("a.lyn", empty, { paint: plain, width: null, limit: 30, stretchOver: 1 })).toContain("No tasks were seen");
});
