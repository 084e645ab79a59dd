import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AustinText, checkSums, parseAustin, tailKeys } from "../support/austin-text.ts";
import { interpreters } from "../support/interpreters.ts";
import { type Ended, entry, lynceus, startLynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { pythonPackage } from "../support/python-packages.ts";
import { programPath, startTarget } from "../support/target.ts";

/**
 * Command lines as people type them for Austin (its README, manual and tests, other people's scripts), through the stand-in;
 * what comes out is read by tools that were made for Austin, and compared with Austin's own.
 */
const plain = interpreters().filter(({ debug }) => !debug);
const python = plain.find(({ minor }) => minor === 12) ?? plain.at(-1)!;
const program = programPath("two_paces.py");
const toolsTimeout = 180_000;

describe("austin", () => {
  it.each<{ readonly words: string; readonly keys: readonly string[]; readonly printsDone?: true; readonly check?: (text: AustinText, ended: Ended) => void }>([
    {
      words: "-i 1ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "python", ...tailKeys],
      check: (text) => expect(text.metadata.get("interval")).toBe("1000"),
    },
    { words: "-i 1ms -o FILE PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tailKeys], printsDone: true },
    {
      words: "-si10ms --output=FILE PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "python", ...tailKeys],
      printsDone: true,
      check: (text) => expect(text.metadata.get("mode")).toBe("cpu"),
    },
    { words: "-Pi 10ms -t 1s PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tailKeys], check: (_, { err }) => expect(err).toBe("") },
    { words: "-CPi 10ms -t 1s PYTHON PROGRAM", keys: ["python", "austin", "interval", "mode", "multiprocess", ...tailKeys] },
    {
      words: "-fgi 10ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "memory", "python", "duration", "gc", ...tailKeys.slice(1)],
      check: ({ samples }) => expect(samples.every((line) => / \d+,[01],-?\d+$/.test(line))).toBe(true),
    },
    {
      words: "-mi 10ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "memory", "python", ...tailKeys],
      check: (text) => expect(text.metadata.get("mode")).toBe("memory"),
    },
    {
      words: "--interval 10000 --children --timeout=5s -- sh -c PYTHON\\ PROGRAM",
      keys: ["python", "austin", "interval", "mode", "multiprocess", ...tailKeys],
    },
    { words: "-h 32 -i 10ms PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tailKeys] },
  ])("$words", async ({ words, keys, printsDone, check }) => {
    using folder = temporaryFolder();
    const file = folder.file("a.austin");
    const typed = words
      .split(/(?<!\\) /)
      .map((word) => word.replace("\\ ", " ").replace("FILE", file).replace("PYTHON", python.path).replace("PROGRAM", program));
    const ended = await lynceus(["austin", ...typed]);
    expect(ended.code, ended.err).toBe(0);
    // Without -o the program's own output would be among the samples.
    expect(ended.out.startsWith("done")).toBe(printsDone === true);
    const text = parseAustin(printsDone === true ? readFileSync(file, "utf8") : ended.out);
    expect(text.keys).toEqual(keys);
    if (text.metadata.get("mode") !== "memory") {
      expect(text.samples.some((line) => line.includes(`${program}:work:`))).toBe(true);
      checkSums(text);
    }
    if (!words.includes("P") || words.includes("-h "))
      expect(ended.err).toMatch(/Python version: 3\.\d+[\s\S]*Statistics\n⌛ Sampling duration : \d+\.\d\d s\n/);
    check?.(text, ended);
  });

  it("austinp says what is mapped where, and has a pace of its own", async () => {
    const ended = await lynceus(["austinp", python.path, "-c", "import time; time.sleep(0.8)"]);
    const { metadata, keys } = parseAustin(ended.out);
    expect(keys.slice(keys.lastIndexOf("map") + 1)).toEqual(["austin", "interval", "mode", "python", ...tailKeys]);
    expect(metadata.get("interval")).toBe("10000");
    expect(ended.out).toMatch(/^# map: [0-9a-f]+-[0-9a-f]+ \/.*python3/m);
    expect(ended.err).toContain("has no native stacks yet");
  });

  it("-x ends the recording, and the program that it started", async () => {
    const begun = performance.now();
    const ended = await lynceus(["austin", "-x", "1", "-i", "10ms", python.path, "-c", "import time; time.sleep(60)"]);
    expect([ended.code, performance.now() - begun < 20_000]).toEqual([0, true]);
    expect(ended.err).toContain("🕑 Sampling for 1 second\n");
    const text = parseAustin(ended.out);
    checkSums(text);
    expect(Number(text.metadata.get("duration"))).toBeGreaterThan(900_000);
  });

  it("attaches (-Cp), looks (-w), and ends well when it is told to", async () => {
    await using target = await startTarget(python, "two_threads.py");
    await using running = startLynceus(["austin", "-Cp", String(target.pid), "-i", "10ms"]);
    await waitFor(() => running.out().includes("\nP"), "samples");
    running.process.kill("SIGTERM");
    const ended = await running.ended;
    expect(ended.code, ended.err).toBe(0);
    expect(parseAustin(ended.out).keys).toEqual(["python", "austin", "interval", "mode", "multiprocess", ...tailKeys]);
    const where = await lynceus(["austin", "-w", String(target.pid)]);
    expect(where.code).toBe(0);
    expect(where.out).toMatch(new RegExp(`^\\n\\n[🚀💤] Process ${target.pid} 🧵 Thread 0:\\d+\\n\\n( {4}.+ \\(.+:\\d+\\)\\n)+\\n\\n`, "u"));
  });

  it.each([
    [[], 0, "", "Usage: lynceus austin [-bCfgmPs?V] [-h n_mb]"],
    [["-V"], 0, "", "austin 3.7.0\n"],
    [["snafubar"], 33, "Cannot launch", ""],
    [["ls"], 33, "too quickly", ""],
    [["sleep", "2"], 32, "not a Python", ""],
    [["-C", "sleep", "1"], 39, "no", ""],
    [["-p", "9999999"], 36, "Cannot attach", ""],
    [["-P"], 255, "I need either a command to run or a PID", ""],
    [["-p", "1", "ls"], 64, "austin: the -p option is incompatible with the command argument\n", ""],
    [["-i", "x", "ls"], 64, "austin: the sampling interval must be a positive integer\n", ""],
    [["-x", "1.5", "ls"], 64, "austin: the exposure must be a positive integer\n", ""],
    [["-zz"], 64, "austin: invalid option -- 'z'\n", ""],
    [["--intervall=3"], 64, "austin: unrecognized option '--intervall=3'\n", ""],
  ] as const)("%j ends with %d", async (args, code, err, out) => {
    const ended = await lynceus(["austin", ...args]);
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(err)]);
    expect(ended.out).toContain(out);
  });

  it("says the same as Austin itself, line for line in form", { timeout: toolsTimeout }, (context) => {
    const bin = pythonPackage("austin-3.7", "austin-dist==3.7.0", "nobody compared our austin with Austin");
    if (bin === null) return context.skip();
    const args = ["-Pfi", "10ms", python.path, program];
    const formOf = (command: string, ...words: readonly string[]) => {
      const { stdout, status } = spawnSync(command, [...words, ...args], { encoding: "utf8" });
      // What Austin could not read it says so; ours has no such frames.
      const { keys, samples } = parseAustin(stdout.replaceAll(/^.*;:INVALID:.*\n/gm, ""));
      const stacks = samples.map((line) =>
        line
          .slice(line.indexOf(";", 1), line.lastIndexOf(" "))
          .replace(/^;T0:\d+/, "")
          .replaceAll(/:\d+(?=;|$)/g, ":0"),
      );
      return {
        status,
        keys: keys.toSorted((a, b) => a.localeCompare(b)),
        stack: stacks.find((stack) => stack.includes("<genexpr>") && stack.startsWith(`;${program}:<module>:`)),
      };
    };
    // Austin at times does not find the interpreter (32), or none of its stacks is whole: that says nothing of its form.
    let theirs = formOf(join(bin, "austin"));
    for (let attempt = 1; attempt < 15 && (theirs.status !== 0 || theirs.stack === undefined); attempt++) theirs = formOf(join(bin, "austin"));
    expect(formOf(process.execPath, entry, "austin")).toEqual(theirs);
  });

  it("is what a link of its name is, and austin-python starts and understands it", { timeout: toolsTimeout }, (context) => {
    const bin = pythonPackage("austin-python", "austin-python==2.2.0", "nobody else has started our austin");
    if (bin === null) return context.skip();
    using folder = temporaryFolder();
    symlinkSync(entry, folder.file("austin"));
    expect(spawnSync(folder.file("austin"), ["--usage"], { encoding: "utf8" }).stdout).toMatch(/^Usage: austin \[-/);
    const script = [
      "import sys",
      "from austin.simple import SimpleAustin",
      "class Counter(SimpleAustin):",
      "    count = time = 0",
      "    def on_sample(self, sample):",
      "        self.count += 1",
      "        self.time += sample.metrics.time",
      "counter = Counter()",
      "counter.start(sys.argv[1:])",
      "print(counter.wait(), counter.count > 20, 500_000 < counter.time < 5_000_000, counter.python_version[0], counter._meta['mode'])",
    ].join("\n");
    const env = { ...process.env, PATH: `${folder.path}:${process.env["PATH"]}`, LYNCEUS_AUSTIN: "4" };
    const told = execFileSync(join(bin, "python"), ["-c", script, "-i", "10ms", python.path, program], { encoding: "utf8", env });
    expect(told.trim()).toBe("0 True True 3 wall");
    // Other tools of it: to text, to speedscope, compressed.
    const run = (tool: string, ...args: readonly string[]): void => void execFileSync(join(bin, tool), args, { cwd: folder.path, env, stdio: "pipe" });
    execFileSync(folder.file("austin"), ["-i", "10ms", "-o", "a.mojo", python.path, program], { cwd: folder.path, env, stdio: "pipe" });
    run("mojo2austin", "a.mojo", "a.austin");
    run("austin2speedscope", "a.austin", "a.json");
    run("austin-compress", "a.austin", "b.austin");
    expect(JSON.parse(readFileSync(folder.file("a.json"), "utf8")).shared.frames.map(({ name }: { name: string }) => name)).toContain("work");
    expect(readFileSync(folder.file("b.austin"), "utf8")).toContain(`${program}:work:`);
  });
});
