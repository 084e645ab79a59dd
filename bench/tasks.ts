/**
 * What looking at tasks costs Lynceus itself: `npm run build && npx tsx bench/tasks.ts [3.8 3.12 3.15]`.
 *
 * CPU time of all of its threads in ten seconds, as a share of one core, once the first seconds are over. With `--no-tasks` beside it, in turns. Prints
 * the table of docs/async-service.md.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { startLynceus, temporaryFolder } from "../test/support/lynceus.ts";
import { startTarget } from "../test/support/target.ts";
import { describeMachine } from "./machine.ts";

const turns = 3;
/** A clock tick of /proc/PID/stat. */
const ticksPerSecond = 100;
const [firstSeconds, seconds] = [6, 10];

const cases = [
  { what: "10,000 asleep", rate: "100hz", args: ["10000"] },
  { what: "1,000 asleep, one runs", rate: "1khz", args: ["1000", "busy"] },
] as const;

/** Seconds, of all threads. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

console.log(`${describeMachine()}\n\n| Python | tasks | samples a second | with tasks, % of a core | without | \n|---|---|---|---|---|`);
const wanted = process.argv.slice(2);
using folder = temporaryFolder();
for (const interpreter of requireInterpreters().filter(({ version }) => wanted.length === 0 || wanted.some((each) => version.startsWith(`${each}.`)))) {
  for (const { what, rate, args } of cases) {
    await using target = await startTarget(interpreter, "asyncio_many.py", [...args]);
    const shares: Record<"with" | "without", number[]> = { with: [], without: [] };
    for (let turn = 0; turn < turns * 2; turn++) {
      const way = turn % 2 === 0 ? "with" : "without";
      const file = folder.file(`${way}.lyn`);
      const options = way === "with" ? [] : ["--no-tasks"];
      await using running = startLynceus(["attach", ...options, "-r", rate, "-x", String(firstSeconds + seconds + 2), "-o", file, String(target.pid)]);
      await sleep(firstSeconds * 1000);
      const [before, from] = [cpuOf(running.pid), performance.now()];
      await sleep(seconds * 1000);
      shares[way].push(((cpuOf(running.pid) - before) / (performance.now() - from)) * 1e5);
      await running.ended;
    }
    const range = (all: readonly number[]): string => `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    console.log(`| ${interpreter.version} | ${what} | ${rate} | ${range(shares.with)} | ${range(shares.without)} |`);
  }
}
