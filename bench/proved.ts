/**
 * How much of ordinary code is proved:
 *
 *   npm run build && npx tsx bench/proved.ts [--seconds 5] [--source remote] [3.11 3.13 ...]
 *
 * Programs of the standard library's own making, each for ever, sampled every millisecond. Prints the second table of
 * docs/fidelity.md.
 */
import { execFileSync, spawn } from "node:child_process";
import { once as nextEvent } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Pid, Seconds } from "../src/base/units.ts";
import { openRecording } from "../src/formats/open-recording.ts";
import { bytesSource } from "../src/formats/recording/byte-source.ts";
import { formatReport } from "../src/profile/report.ts";
import type { QualityRow } from "../src/profile/tables.ts";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { entry } from "../test/support/lynceus.ts";

/** What is done over and over, after what was set up once. */
const programs: Readonly<Record<string, { readonly once: string; readonly again: string }>> = {
  "time.sleep": { once: "import time", again: "time.sleep(0.01)" },
  "a loop": { once: "", again: "for i in range(10000): i * i" },
  "zlib (C)": { once: "import zlib; data = bytes(range(256)) * 4000", again: "zlib.compress(data)" },
  "re (C)": { once: "import re; text = 'the quick brown fox ' * 2000", again: "re.findall(r'(\\w+) (\\w+)', text)" },
  difflib: { once: "import difflib; a, b = [str(i % 37) for i in range(400)], [str(i % 41) for i in range(400)]", again: "list(difflib.ndiff(a, b))" },
  "ast.NodeVisitor": { once: "import ast; tree = ast.parse(open(ast.__file__).read()); v = ast.NodeVisitor()", again: "v.visit(tree)" },
  tokenize: { once: "import tokenize", again: "list(tokenize.generate_tokens(open(tokenize.__file__).readline))" },
  "json, pure Python": {
    once: "import json; from json import encoder; encoder.c_make_encoder = None; data = [{'a': i, 'b': [i] * 5} for i in range(500)]",
    again: "json.dumps(data)",
  },
  "decimal, pure Python": { once: "import _pydecimal as d; a, b = d.Decimal(2), d.Decimal(7)", again: "(a / b).sqrt()" },
  "recursive Fibonacci": { once: "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)", again: "fib(20)" },
};

function qualityOf(pid: Pid, seconds: Seconds, output: string): QualityRow {
  execFileSync(process.execPath, [
    entry,
    "attach",
    `${pid}`,
    "-x",
    `${seconds}`,
    "-i",
    "1ms",
    "--source",
    values.source,
    "--pause",
    "never",
    "-q",
    "-o",
    output,
  ]);
  return formatReport(openRecording(bytesSource(readFileSync(output))), { mode: "wall", by: "function", limit: 0 }).quality;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "5" }, source: { type: "string", default: "auto" } },
});
const folder = mkdtempSync(join(tmpdir(), "lynceus-proved-"));
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}`);
console.log("\n| Python | program | verified | exact | partial | lost | rounds late |\n|---|---|---|---|---|---|---|");
execFileSync("taskset", ["-p", "-c", "1", `${process.pid}`]);
for (const interpreter of requireInterpreters()) {
  if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
  for (const [name, { once, again }] of Object.entries(programs)) {
    const text = `${once}\nprint("READY", flush=True)\nwhile True:\n    ${again}\n`;
    const child = spawn("taskset", ["-c", "0", interpreter.path, "-c", text], { stdio: ["ignore", "pipe", "inherit"] });
    let quality: QualityRow;
    try {
      await nextEvent(child.stdout, "data");
      quality = qualityOf(child.pid!, Number(values.seconds), join(folder, "proved.lyn"));
    } finally {
      child.kill("SIGKILL");
    }
    const { verified, exact, partial, lost, roundsDue, roundsLate } = quality;
    const share = (count: number): string => `${((100 * count) / (verified + exact + partial + lost)).toFixed(1)} %`;
    console.log(
      `| ${[interpreter.version, name, share(verified), share(exact), share(partial), share(lost), `${((100 * roundsLate) / roundsDue).toFixed(0)} %`].join(" | ")} |`,
    );
  }
}
rmSync(folder, { recursive: true });
