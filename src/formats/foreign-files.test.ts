import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatReport } from "../profile/report.ts";
import { FunctionKind, Known } from "../profile/tables.ts";
import { openRecording } from "./open-recording.ts";
import { bytesSource } from "./recording/byte-source.ts";

/** What other profilers wrote: told by its contents, and understood. */
describe("the file of", () => {
  it.each([
    [
      "py-spy.speedscope.json",
      "py-spy@0.4.3",
      [
        [0, 12146, "", 17, 850_000_000],
        [0, 12133, "", 7, 350_000_000],
      ],
      ["price.<locals>.<genexpr>", "/srv/demo/shop.py", 450_000_000],
    ],
    [
      "austin.speedscope.json",
      "Austin2Speedscope Converter 0.3.1",
      [
        [15_437, 15_437, "", 18, 1_106_374_000],
        [15_437, 15_813, "", 16, 993_583_000],
      ],
      ["Thread._wait_for_tstate_lock", "/usr/lib/python3.11/threading.py", 993_583_000],
    ],
    ["tachyon.gecko.json", "Tachyon Sampling Profiler", [[19_131, 21_287, "Thread-21287", 21, 830_752_000]], ["Thread.join", "threading.py", 780_587_000]],
    [
      "py-spy.trace.json",
      "trace events",
      [
        [12_178, 139_675_893_193_600, "", 4, 1_259_303_000],
        [12_178, 139_675_878_241_984, "", 5, 911_814_000],
      ],
      ["_compile_bytecode", "<frozen importlib._bootstrap_external>", 1_071_535_000],
    ],
    [
      "viztracer.trace.json",
      "trace events",
      [
        [12_206, 12_270, "clerk", 36, 646_597_686],
        [12_206, 12_206, "MainThread", 1, 5_406_588],
      ],
      ["order", "/srv/demo/shop.py", 646_597_686],
    ],
  ] as const)("%s", (name, creator, threads, hottest) => {
    const recording = openRecording(bytesSource(readFileSync(new URL(`../../test/golden/foreign/${name}`, import.meta.url))));
    const report = formatReport(recording, { mode: "wall", by: "function", limit: null });
    expect([recording.meta.creator, recording.isComplete]).toEqual([creator, true]);
    expect(report.threads.map((thread) => [thread.pid, thread.tid, thread.name, thread.samples, thread.time])).toEqual(threads);
    const [{ name: function_, file, own, kind }] = report.rows as [(typeof report.rows)[number]];
    expect([function_, file, own, kind]).toEqual([...hottest, FunctionKind.python]);
    for (const { samples } of recording.blocks()) expect(samples.known.every((known) => known === Known.unchecked)).toBe(true);
  });
});
