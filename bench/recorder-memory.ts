/**
 * What recording costs in memory, over time: `npx tsx bench/recorder-memory.ts [seconds]`, after `npm run build`.
 *
 * 10 kHz on a program that never has the same stack for long, which is as bad as it gets: a minute is ten at 1 kHz. The
 * tables of stacks begin anew when they have grown to their bound, so that what matters is the most that was ever
 * resident after that has happened, and whether it still grows.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openRecordingFile } from "../src/formats/files/open-file.ts";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { startLynceus, temporaryFolder, waitForRecording } from "../test/support/lynceus.ts";
import { startTarget } from "../test/support/target.ts";

const seconds = Number(process.argv[2] ?? 60);
const allowed = 300;
const python = requireInterpreters().at(-1)!;

/** MB: VmRSS of /proc/PID/status, in kB there. */
function readResident(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
}

using folder = temporaryFolder();
const file = folder.file("a.lyn");
await using target = await startTarget(python, "many_stacks.py");
await using running = startLynceus(["attach", "-r", "10khz", "-x", String(seconds), "-o", file, String(target.pid)]);
await waitForRecording(file);

console.log(`CPython ${python.version}, 10 kHz, ${seconds} s\n\n   s   MB resident`);
const resident: number[] = [];
for (let second = 1; second < seconds; second++) {
  await sleep(1000);
  resident.push(readResident(running.pid));
  if (second % 5 === 0) console.log(`${String(second).padStart(4)}   ${resident.at(-1)!.toFixed(0)}`);
}
const { err } = await running.ended;

let samples = 0;
let stacks = 0;
for (const block of openRecordingFile(file).blocks()) {
  samples += block.samples.length;
  stacks += block.stacks.length;
}
const third = Math.floor(resident.length / 3);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const most = Math.max(...resident);
console.log(`\n${err.trim()}\n${samples} samples, ${stacks} rows of stacks`);
console.log(
  `the most: ${most.toFixed(0)} MB of ${allowed}; last third against the one before: ${(mean(resident.slice(-third)) - mean(resident.slice(-2 * third, -third))).toFixed(1)} MB`,
);
if (most > allowed) process.exitCode = 1;
