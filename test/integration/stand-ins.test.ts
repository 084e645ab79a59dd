import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { interpreters } from "../support/interpreters.ts";
import { type Ended, entry, lynceus, startLynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { pythonPackage } from "../support/python-packages.ts";
import { programPath, startTarget } from "../support/target.ts";

/**
 * Command lines as people type them for Austin and Echion (their READMEs, manuals, tests, other people's scripts), through
 * the stand-ins; what comes out is read by tools that were made for the originals, and compared with Austin's own.
 */
const plain = interpreters().filter(({ debug }) => !debug);
const python = plain.find(({ minor }) => minor === 12) ?? plain.at(-1)!;
const program = programPath("two_paces.py");
const golden = fileURLToPath(new URL("../golden", import.meta.url));
const toolsTimeout = 180_000;

const sampleLine = /^P\d+;T\d+:\d+(;[^;]*:[^;:]+:\d+|;:GC:)* (\d+|\d+,[01],-?\d+|-?\d+)$/;

interface AustinText {
  readonly metadata: ReadonlyMap<string, string>;
  readonly keys: readonly string[];
  readonly samples: readonly string[];
}

/** Everything in it is of Austin's grammar, or the test fails. */
function parseAustin(text: string): AustinText {
  const lines = text.split("\n");
  const metadata = lines.filter((line) => line.startsWith("# ")).map((line) => line.slice(2).split(": ") as [string, string]);
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of samples) expect(line).toMatch(sampleLine);
  return { metadata: new Map(metadata), keys: metadata.map(([key]) => key), samples };
}

const timeOf = (line: string): number => Number(line.slice(line.lastIndexOf(" ") + 1).split(",")[0]);

/** No thread has more time than the recording took. */
function checkSums({ metadata, samples }: AustinText): void {
  const sums = new Map<string, number>();
  for (const line of samples) {
    const thread = line.split(/[; ]/, 2).join(";");
    sums.set(thread, (sums.get(thread) ?? 0) + timeOf(line));
  }
  for (const sum of sums.values()) expect(sum).toBeLessThanOrEqual(Number(metadata.get("duration")) + 1000);
}

const tail = ["duration", "sampling", "saturation", "errors"];

describe("austin", () => {
  it.each<{ readonly words: string; readonly keys: readonly string[]; readonly printsDone?: true; readonly check?: (text: AustinText, ended: Ended) => void }>([
    {
      words: "-i 1ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "python", ...tail],
      check: (text) => expect(text.metadata.get("interval")).toBe("1000"),
    },
    { words: "-i 1ms -o FILE PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tail], printsDone: true },
    {
      words: "-si10ms --output=FILE PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "python", ...tail],
      printsDone: true,
      check: (text) => expect(text.metadata.get("mode")).toBe("cpu"),
    },
    { words: "-Pi 10ms -t 1s PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tail], check: (_, { err }) => expect(err).toBe("") },
    { words: "-CPi 10ms -t 1s PYTHON PROGRAM", keys: ["python", "austin", "interval", "mode", "multiprocess", ...tail] },
    {
      words: "-fgi 10ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "memory", "python", "duration", "gc", ...tail.slice(1)],
      check: ({ samples }) => expect(samples.every((line) => / \d+,[01],-?\d+$/.test(line))).toBe(true),
    },
    {
      words: "-mi 10ms PYTHON PROGRAM",
      keys: ["austin", "interval", "mode", "memory", "python", ...tail],
      check: (text) => expect(text.metadata.get("mode")).toBe("memory"),
    },
    { words: "--interval 10000 --children --timeout=5s -- sh -c PYTHON\\ PROGRAM", keys: ["python", "austin", "interval", "mode", "multiprocess", ...tail] },
    { words: "-h 32 -i 10ms PYTHON PROGRAM", keys: ["austin", "interval", "mode", "python", ...tail] },
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
    expect(keys.slice(keys.lastIndexOf("map") + 1)).toEqual(["austin", "interval", "mode", "python", ...tail]);
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
    expect(parseAustin(ended.out).keys).toEqual(["python", "austin", "interval", "mode", "multiprocess", ...tail]);
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
    const forms = [join(bin, "austin"), null].map((austin) => {
      const args = ["-Pfi", "10ms", python.path, program];
      const { stdout, status } =
        austin === null ? spawnSync(process.execPath, [entry, "austin", ...args], { encoding: "utf8" }) : spawnSync(austin, args, { encoding: "utf8" });
      const { keys, samples } = parseAustin(stdout);
      const stacks = samples.map((line) =>
        line
          .slice(line.indexOf(";", 1), line.lastIndexOf(" "))
          .replace(/^;T0:\d+/, "")
          .replaceAll(/:\d+(?=;|$)/g, ":0"),
      );
      return {
        status,
        keys: keys.toSorted((a, b) => a.localeCompare(b)),
        stack: stacks.find((stack) => stack.includes("<genexpr>") && stack.startsWith(`;${program}`)),
      };
    });
    expect(forms[1]).toEqual(forms[0]);
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

describe("echion", () => {
  /** As austin-python reads it; null when there is none. */
  function readMojo(
    file: string,
  ): { readonly metadata: Record<string, string>; readonly samples: readonly [number, number, string, unknown[][], number][] } | null {
    const bin = pythonPackage("austin-python", "austin-python==2.2.0", "nobody else has read our MOJO");
    if (bin === null) return null;
    const [first = "", ...rest] = execFileSync(join(bin, "python"), [join(golden, "read_mojo.py"), file], { encoding: "utf8", maxBuffer: 2 ** 26 })
      .trim()
      .split("\n");
    return { metadata: JSON.parse(first), samples: rest.map((line) => JSON.parse(line)) };
  }

  it.each([
    ["-i 10ms", "wall"],
    ["-csi 10ms", "cpu"],
    ["--cpu --interval=10000 --stealth -f 64 -v", "cpu"],
    ["-i 10ms -x 30", "wall"],
  ])("%s -o FILE PYTHON PROGRAM", { timeout: toolsTimeout }, async (words, mode) => {
    using folder = temporaryFolder();
    const ended = await lynceus(["echion", ...words.split(" "), "-o", "%(pid).mojo", python.path, program], { cwd: folder.path });
    expect([ended.code, ended.out, ended.err]).toEqual([0, "done\n", ""]);
    const [file = ""] = execFileSync("ls", [folder.path], { encoding: "utf8" }).trim().split("\n");
    expect(file).toMatch(/^\d+\.mojo$/);
    const read = readMojo(folder.file(file));
    if (read === null) return;
    expect(read.metadata).toEqual({ mode, interval: "10000", sampler: "echion" });
    expect(new Set(read.samples.map(([, , thread]) => thread))).toEqual(new Set(["MainThread", "работник"]));
    const total = read.samples.reduce((sum, [, , , , time]) => sum + time, 0);
    // Two threads for half a second; CPU time of the 0.3 s in which they share the GIL.
    expect(total).toBeLessThan(mode === "cpu" ? 1_200_000 : 5_000_000);
    expect(read.samples.some(([, , , frames]) => frames.some(([, name]) => name === "work"))).toBe(true);
  });

  it("has the program's exit code, and Echion's where there is none", async () => {
    using folder = temporaryFolder();
    const codeOf = async (...args: string[]): Promise<number> => (await lynceus(["echion", ...args], { cwd: folder.path })).code;
    expect(await codeOf(python.path, "-c", "import time, sys; time.sleep(0.1); sys.exit(3)")).toBe(3);
    expect(await codeOf("-x", "1", python.path, "-c", "import time, sys; time.sleep(1.5); sys.exit(4)")).toBe(4);
    expect(await codeOf()).toBe(1);
    expect(await codeOf("/no/such")).toBe(1);
    expect(await codeOf("-i", "abc", "ls")).toBe(2);
    expect(await codeOf("-p", "9999999")).toBe(1);
  });

  it("tells where it is (-w, SIGQUIT), and the program goes on", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "two_threads.py");
    const where = await lynceus(["echion", "-w", String(target.pid)]);
    expect(where.out).toMatch(/^\r🐴 Echion reporting for duty\n\n {4}🧵 MainThread:\n(.+ \(.+:\d+\)\n)+\n/u);
    await using running = startLynceus(["echion", "-o", "a.echion", python.path, "-c", "import time; time.sleep(1.5); print('on')"], {
      cwd: folder.path,
      ownGroup: true,
    });
    await waitFor(() => spawnSync("pgrep", ["-P", String(running.pid)]).status === 0, "the program");
    await new Promise((resolve) => setTimeout(resolve, 500));
    // To the group, as the terminal sends it.
    process.kill(-running.pid, "SIGQUIT");
    const ended = await running.ended;
    expect([ended.code, ended.out]).toEqual([0, "on\n"]);
    expect(ended.err).toContain("🐴 Echion reporting for duty");
  });
});

describe("-P and -f of our own verbs", () => {
  it("write while it is recorded, and say nothing else", async () => {
    const ended = await lynceus(["run", "-Pfi", "10ms", python.path, program]);
    expect([ended.code, ended.err]).toEqual([0, "done\n"]);
    const text = parseAustin(ended.out);
    expect(text.keys).toEqual(["austin", "interval", "mode", "memory", "python", ...tail]);
    checkSums(text);
    expect((await lynceus(["run", "-P", "-F", "html", "true"])).err).toContain("the format html cannot be written while it is recorded");
    expect((await lynceus(["run", "-P", "-o", "a.austin", "true"])).code).toBe(64);
  });

  it("charge growing memory to the function that has it grow", async () => {
    using folder = temporaryFolder();
    const script = [
      "import time",
      "def hold():",
      "    keep = []",
      "    for _ in range(12):",
      "        keep.append(bytearray(4 << 20)); end = time.time() + 0.03",
      "        while time.time() < end: pass",
      "    return keep",
      "time.sleep(0.2)",
      "kept = hold()",
    ];
    const ended = await lynceus(["run", "-qfi", "2ms", "-o", "a.austin", python.path, "-c", script.join("\n")], { cwd: folder.path });
    expect(ended.code, ended.err).toBe(0);
    const { samples } = parseAustin(readFileSync(folder.file("a.austin"), "utf8"));
    const grown = samples.filter((line) => line.includes(":hold:")).reduce((sum, line) => sum + Number(line.split(",").at(-1)), 0);
    expect(grown / (48 << 20)).toBeGreaterThan(0.7);
    expect(grown / (48 << 20)).toBeLessThan(1.1);
  });
});
