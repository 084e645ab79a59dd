/**
 * Is a profile fair to code that is hard to capture? A program whose one half changes its stack every 50 ns and whose other
 * half never does, in phases of some microseconds to milliseconds (test/programs/phases.py), and what share of its time each
 * way of capturing gives to the first half, in percent points from the truth:
 *
 *   npm run build && npx tsx bench/unbiased.ts [--seconds 4] [--ways kernel,pause-auto] [3.11 3.13 ...]
 *
 * "pause-auto" may pause for 1 % of the time and has to say of most samples only what is proved; "pause-always" stops the program for each. A
 * function has the time of what it calls, and of what could not be told above it. Prints the third table of
 * docs/fidelity.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { entry } from "../test/support/lynceus.ts";
import { loadRecorded } from "../test/support/recorded.ts";
import { programPath } from "../test/support/target.ts";

const ways: Readonly<Record<string, readonly string[]>> = {
  auto: ["--source", "auto", "--pause", "never"],
  kernel: ["--source", "kernel", "--pause", "never"],
  "kernel-clock": ["--source", "kernel-clock", "--pause", "never"],
  remote: ["--source", "remote", "--pause", "never"],
  "pause-auto": ["--source", "remote", "--pause", "auto"],
  "pause-always": ["--source", "remote", "--pause", "always"],
};
const phases = [10, 100, 1000, 10_000];
const rates = ["100", "1khz", "10khz"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "4" }, ways: { type: "string", default: Object.keys(ways).join(",") } },
});
const folder = mkdtempSync(join(tmpdir(), "lynceus-unbiased-"));
const file = join(folder, "phases.lyn");
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}`);
console.log("\n| Python | way | phases | rate | of the time fast | told | off by | in neither |\n|---|---|---|---|---|---|---|---|");
// The program has a CPU of its own: where it shares one with its reader, its stack stands still whenever it is read.
execFileSync("taskset", ["-p", "-c", "1", `${process.pid}`]);
for (const interpreter of requireInterpreters()) {
  if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
  for (const way of values.ways.split(",")) {
    for (const phase of phases) {
      for (const rate of rates) {
        const program = ["taskset", "-c", "0", interpreter.path, programPath("phases.py"), `${phase}`, values.seconds];
        const options = ["run", "-q", ...ways[way]!, "-r", rate, "-o", file];
        const output = execFileSync(process.execPath, [entry, ...options, ...program], { encoding: "utf8" });
        const truth = (JSON.parse(/^TRUTH (.*)$/m.exec(output)![1]!) as { fast: number }).fast;
        const { samples, stack, sum } = loadRecorded(file);
        const timeIn = (name: string): number => sum(samples((sample) => stack(sample).includes(name)));
        const [fast, slow, all] = [timeIn("fast"), timeIn("slow"), timeIn("main")];
        const told = fast / (fast + slow);
        const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
        console.log(
          `| ${[interpreter.version, way, `${phase} us`, rate, percent(truth), percent(told), (100 * (told - truth)).toFixed(1), percent(1 - (fast + slow) / all)].join(" | ")} |`,
        );
      }
    }
  }
}
rmSync(folder, { recursive: true });
