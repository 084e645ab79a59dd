import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "./main.ts";
import { verbs } from "./verbs.ts";

const example = new URL("../../test/golden/example.lyn", import.meta.url).pathname;
let folder = "";
let out = "";
let err = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lynceus-main-"));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  out = "";
  err = "";
});

describe("help", () => {
  test("starts with examples and lists the verbs", async () => {
    expect(await main(["--help"])).toBe(0);
    expect(out).toMatch(/^Examples:\n {2}lynceus run python app\.py /);
    for (const verb of Object.keys(verbs)) expect(out).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    expect(err).toBe("");
  });

  test.each(Object.keys(verbs))("of %s starts with examples of it", async (verb) => {
    expect(await main([verb, "-h"])).toBe(0);
    expect(out).toMatch(new RegExp(`^Examples:\n {2}.*\\blynceus ${verb} `));
    expect(out).toContain(`Usage: lynceus ${verb} `);
  });

  test.each([[["-V"]], [["--version"]], [["run", "-V"]], [["-i", "1ms", "--version"]]])("%j tells the version", async (args) => {
    expect(await main(args)).toBe(0);
    expect(out).toMatch(/^lynceus \d+\.\d+\.\d+\n$/);
  });
});

describe("bad input is one clear line and a hint", () => {
  test.each([
    [[], 64, "there is nothing to do"],
    [["--bogus"], 64, "unknown option '--bogus'"],
    [["run"], 64, "missing required argument 'command'"],
    [["run", "--intervall", "3", "x"], 64, "did you mean --interval?"],
    [["run", "-i", "0", "x"], 64, '--interval must be from 1us to 1h, not "0"'],
    [["run", "-i", "-5", "x"], 64, '--interval must be from 1us to 1h, not "-5"'],
    [["run", "-i", "1x", "x"], 64, '--interval takes a duration, not "1x"'],
    [["run", "-i", "2h", "x"], 64, "--interval must be from 1us to 1h"],
    [["run", "-i", "1ms", "-r", "1khz", "x"], 64, "cannot be used with"],
    [["run", "-c", "--mode", "gil", "x"], 64, "cannot be used with"],
    [["run", "--mode", "cup", "x"], 64, '--mode takes one of wall, cpu, gil, not "cup"'],
    [["run", "--kill", "x"], 64, "--kill needs a time"],
    [["run", "-o", "x.htlm", "x"], 64, "did you mean x.html?"],
    [["run", "-o", "/", "-F", "lyn", "x"], 73, "cannot write /: it is a directory"],
    [["run", "-o", "/nonexistent/x.lyn", "x"], 73, "there is no folder /nonexistent"],
    [["-i", "1ms", "run", "x"], 64, "the verb run comes before the options"],
    [["-p", "1", "-w", "2"], 64, "-p and -w do not go together"],
    [["-p", "1", "app"], 64, "a command and -p do not go together"],
    [["-p", "x"], 64, 'PID takes a whole number from 1 on, not "x"'],
    [["--json", "app"], 64, "--json goes with -w"],
    [["where", "0"], 64, "PID takes a whole number"],
    [["where", "1", "2"], 64, "too many arguments"],
    [["where", "999999999"], 38, "999999999"],
    [["attach", "999999999", "-o", "/tmp/x.lyn"], 38, "999999999"],
    [["report", "/nonexistent"], 65, "cannot read /nonexistent: no such file or directory"],
    [["report", "/"], 65, "cannot read /: it is a directory"],
    [["report", "/dev/null"], 65, "cannot read /dev/null: it is not a regular file"],
    [["report", example, "--thread", "Nobody"], 64, "no thread with samples is called Nobody"],
    [["convert", example], 64, "there is no output"],
    [["view", example, "-o", "x.lyn"], 64, "x.lyn is no name of a page"],
    [["view", example, "-o", "-"], 64, "- is no name of a page"],
    [["convert", example, "-o", "x.bogus"], 64, "known extensions: .lyn"],
  ])("lynceus %j: %d", async (args, exitCode, message) => {
    expect(await main(args)).toBe(exitCode);
    expect(out).toBe("");
    expect(err).toContain(message);
    expect(err).toMatch(/^lynceus: [^\n]+\n(?: {2}[^\n]+\n)?$/);
  });

  test.each([
    ["empty", Buffer.alloc(0)],
    ["foreign", Buffer.from("\x7fELF".padEnd(5000, "\0"))],
    ["cut", readFileSync(example).subarray(0, 30)],
    ["damaged", Buffer.concat([readFileSync(example).subarray(0, 12), Buffer.alloc(500, 0xff)])],
  ])("a recording that is %s", async (name, bytes) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    for (const args of [
      ["report", file],
      ["convert", file, "-o", join(folder, "out.austin")],
    ]) {
      err = "";
      expect(await main(args)).toBe(65);
      expect(err).toMatch(/^lynceus: cannot read [^\n]+\n(?: {2}[^\n]+\n)?$/);
    }
  });
});

describe("report", () => {
  test("as text", async () => {
    expect(await main(["report", example])).toBe(0);
    expect(out).toContain("own");
    expect(out).toContain("work");
    expect(out).not.toContain("\x1b");
  });

  test("in colours when told to", async () => {
    expect(await main(["report", example, "--color", "always"])).toBe(0);
    expect(out).toContain("\x1b[");
  });

  test("as JSON, by thread and line", async () => {
    expect(await main(["report", example, "--json", "--by-thread", "--by", "line", "--limit", "1"])).toBe(0);
    const report = JSON.parse(out) as {
      mode: string;
      threads: { tid: number }[];
      tables: { thread: { tid: number }; time: number; rows: { own: number }[] }[];
    };
    expect(report.mode).toBe("wall");
    expect(report.tables.map(({ thread }) => thread.tid)).toEqual(report.threads.map(({ tid }) => tid));
    expect(report.tables.every(({ rows }) => rows.length <= 1)).toBe(true);
  });

  test("the times of the threads add up to the whole", async () => {
    await main(["report", example, "--json", "--by-thread"]);
    const byThread = JSON.parse(out) as { tables: { time: number }[] };
    out = "";
    await main(["report", example, "--json"]);
    const whole = JSON.parse(out) as { tables: { time: number }[] };
    expect(byThread.tables.reduce((sum, { time }) => sum + time, 0)).toBe(whole.tables[0]!.time);
  });
});

test("convert writes what the extension says", async () => {
  const output = join(folder, "a.collapsed");
  expect(await main(["convert", example, "-o", output, "-o", join(folder, "again.lyn.gz")])).toBe(0);
  expect(readFileSync(output, "utf8")).toBe(readFileSync(new URL("../../test/golden/example.collapsed", import.meta.url), "utf8"));
  expect(await main(["convert", join(folder, "again.lyn.gz"), "-o", join(folder, "b.collapsed")])).toBe(0);
  expect(readFileSync(join(folder, "b.collapsed"))).toEqual(readFileSync(output));
});

test.each(["gil.lyn", "gil.jsonl"])("convert --mode is what %s shows at first, with all of it inside", async (name) => {
  const output = join(folder, name);
  // `example` was made for wall time.
  expect(await main(["convert", example, "--mode", "gil", "-o", output])).toBe(0);
  expect(await main(["report", output, "--json"])).toBe(0);
  expect((JSON.parse(out) as { mode: string }).mode).toBe("gil");
  out = "";
  await main(["report", output, "--json", "--mode", "wall"]);
  const again = JSON.parse(out) as { tables: { time: number }[] };
  out = "";
  await main(["report", example, "--json"]);
  expect(again.tables[0]!.time).toBe((JSON.parse(out) as { tables: { time: number }[] }).tables[0]!.time);
});
