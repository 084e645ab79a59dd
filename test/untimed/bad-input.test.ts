import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LynceusError } from "../../src/base/errors.ts";
import { lookAt } from "../../src/sampler/look.ts";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { startTarget } from "../support/target.ts";

const python = requireInterpreters().at(-1)!;
/** One line that says what is wrong, and perhaps one with what to do. */
const oneLine = /^lynceus: [^\n]+\n(?: {2}[^\n]+\n)?$/;

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-bad-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Refused in one line, and nothing left behind. */
async function expectRefusal(args: readonly string[], expected: { readonly code: number; readonly text: string | RegExp }): Promise<void> {
  const before = readdirSync(folder);
  const { code, out, err } = await lynceus(args, { cwd: folder, limit: 15_000 });
  expect({ code, out, err }).toEqual({ code: expected.code, out: "", err: expect.stringMatching(expected.text) as string });
  expect(err).toMatch(oneLine);
  expect(readdirSync(folder)).toEqual(before);
}

const attachTo = (pid: number | undefined): string[] => ["attach", "-x", "200ms", "-o", "a.lyn", String(pid)];

describe("a process that is no Python of ours", () => {
  const children: ChildProcess[] = [];
  const start = (file: string, ...args: string[]): ChildProcess => {
    const child = spawn(file, args, { stdio: "ignore" });
    children.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  test.each([
    ["a C program", ["sleep", "60"]],
    ["Node", [process.execPath, "-e", "setTimeout(() => {}, 60000)"]],
  ])("%s", async (_, [file, ...args]) => {
    const { pid } = start(file!, ...args);
    await sleep(300);
    await expectRefusal(attachTo(pid), { code: 32, text: `process ${pid} does not run Python` });
    await expectRefusal(["where", String(pid)], { code: 32, text: `process ${pid} does not run Python` });
  });

  test("a static program", async (context) => {
    writeFileSync(join(folder, "still.c"), "#include <unistd.h>\nint main(void) { sleep(60); }\n");
    try {
      execFileSync("cc", ["-static", "-o", join(folder, "still"), join(folder, "still.c")], { stdio: "ignore" });
    } catch {
      context.skip("NOT TESTED: no C compiler that links statically");
    }
    const { pid } = start(join(folder, "still"));
    await sleep(100);
    await expectRefusal(attachTo(pid), { code: 32, text: `process ${pid} does not run Python` });
  });

  const versions = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  const old = existsSync(versions) ? readdirSync(versions).filter((name) => /^(2\.7|3\.[67])\.\d+$/.test(name)) : [];
  if (old.length === 0) process.stderr.write("\nNOT TESTED: Python 2.7, 3.6 and 3.7 (pyenv has none of them)\n\n");
  test.each(old)("Python %s is too old", async (version) => {
    const { pid } = start(join(versions, version, "bin/python"), "-c", "import time; time.sleep(60)");
    await sleep(300);
    await expectRefusal(attachTo(pid), { code: 32, text: `runs Python ${version}, which is too old: 3.8 and later can be read` });
    await expectRefusal(["where", String(pid)], { code: 32, text: "too old" });
  });

  test("a shell is looked through: its child is Python", async () => {
    const { pid } = start("sh", "-c", `'${python.path}' -c 'import time; time.sleep(60)'; true`);
    await sleep(500);
    const { code, err } = await lynceus(attachTo(pid), { cwd: folder });
    expect(code, err).toBe(0);
    // Only killing the child, too, leaves nothing behind.
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
    process.kill(child, "SIGKILL");
  });

  test("one that is not there, a zombie, a kernel thread", async () => {
    await expectRefusal(attachTo(4_194_303), { code: 38, text: "there is no process 4194303" });
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(parent);
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    await sleep(300);
    await expectRefusal(attachTo(Number(line.toString())), { code: 38, text: /has ended already .*zombie/ });
    const kernelThread = readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && pid !== "1" && readCommand(pid) === "");
    if (kernelThread === undefined) process.stderr.write("\nNOT TESTED: a kernel thread (none to be seen here)\n\n");
    else await expectRefusal(attachTo(Number(kernelThread)), { code: 32, text: "is a kernel thread" });
  });

  test.each(["0", "-1", "abc", "1.5", "99999999999", ""])("the pid %j", async (pid) => {
    await expectRefusal(["where", pid], { code: 64, text: "PID takes a whole number" });
  });

  function readCommand(pid: string): string | null {
    try {
      return /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8")) ? null : readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return null;
    }
  }
});

describe("a process that ends while it is attached to", () => {
  test("is looked at a hundred times, at any moment of its end", async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const target = spawn(python.path, ["-S", "-c", "import time; time.sleep(60)"], { stdio: "ignore" });
      await sleep(20 + (round % 20));
      const ended = once(target, "exit");
      target.kill("SIGKILL");
      // Up to a millisecond later: the kernel takes it apart meanwhile.
      for (const end = performance.now() + (round % 10) * 0.1; performance.now() < end;);
      try {
        lookAt(target.pid!);
        seen.add("a look");
      } catch (error) {
        expect(error).toBeInstanceOf(LynceusError);
        seen.add((error as LynceusError).code);
      }
      await ended;
    }
    expect(["a look", "no-such-process", "not-python"]).toEqual(expect.arrayContaining([...seen]));
  });

  test.each([0, 60, 120, 180, 240, 300, 400, 500])("the command line says so: %i ms after it began", async (delay) => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const running = lynceus(["attach", "-o", "a.collapsed", String(target.pid)], { cwd: folder, limit: 10_000 });
    await sleep(delay);
    await target.stop();
    const { code, err } = await running;
    expect(code, err).toBeOneOf([0, 32, 38]);
    if (code === 0) expect(err).toMatch(/^lynceus: a\.collapsed: /);
    else expect(err).toMatch(oneLine);
  });
});

describe("options", () => {
  test.each([
    [["-i", "0"], "--interval must be from 1us to 1h"],
    [["-i", "-1"], "--interval must be from 1us to 1h"],
    [["-i", "2h"], "--interval must be from 1us to 1h"],
    [["-i", "1x"], "--interval takes a duration"],
    [["-i", "1e99"], "--interval takes a duration"],
    [["-i", "NaN"], "--interval takes a duration"],
    [["-i", ""], "--interval takes a duration"],
    [["-x", "0"], "--exposure must be"],
    [["-r", "0"], "--rate must be"],
    [["-o", "a.zip"], "known extensions: .lyn"],
    [["-o", ""], "the name of the output is empty"],
  ])("%j", async (options, text) => {
    await expectRefusal(["run", ...options, python.path, "-c", "print('it ran')"], { code: 64, text });
  });

  test("an output that cannot be", async () => {
    mkdirSync(join(folder, "folder.lyn"));
    const run = (output: string): string[] => ["run", "-o", output, python.path, "-c", "print('it ran')"];
    await expectRefusal(run("folder.lyn"), { code: 73, text: /folder\.lyn: .*(directory|folder)/ });
    await expectRefusal(run("nowhere/a.lyn"), { code: 73, text: "there is no folder nowhere" });
    await expectRefusal(run("/proc/a.lyn"), { code: 73, text: "cannot write /proc/a.lyn" });
  });

  test("a command that cannot be started", async () => {
    writeFileSync(join(folder, "text"), "#!/no/such/interpreter\n");
    chmodSync(join(folder, "text"), 0o755);
    const commands: readonly (readonly [command: string, text: string])[] = [
      ["no-such-command", "the command no-such-command was not found"],
      ["./no-such-file", "there is no file ./no-such-file"],
      ["/etc/passwd/file", "there is no file /etc/passwd/file"],
      ["/etc/passwd", "/etc/passwd may not be executed"],
      ["/tmp", "/tmp is a directory"],
      ["./text", "there is no file ./text"],
      ["", "the name of the command is empty"],
      ["x".repeat(5000), "cannot be started"],
    ];
    for (const [command, text] of commands) {
      await expectRefusal(["run", "-o", "a.lyn", "--", command], { code: 33, text });
    }
  });
});

describe("files", () => {
  let made = "";
  const recording = (): string => join(made, "good.lyn");
  beforeAll(async () => {
    made = mkdtempSync(join(tmpdir(), "lynceus-good-"));
    const program = "import time\ndef nap(): time.sleep(0.01)\nfor _ in range(120): nap()";
    const { code, err } = await lynceus(["run", "-q", "-o", "good.lyn", python.path, "-c", program], { cwd: made });
    expect(code, err).toBe(0);
  });
  afterAll(() => rmSync(made, { recursive: true }));

  test("that are no recordings", async () => {
    writeFileSync(join(folder, "empty.lyn"), "");
    writeFileSync(join(folder, "foreign.lyn"), "hello\n");
    writeFileSync(join(folder, "page.html"), "<html></html>");
    writeFileSync(join(folder, "bomb.lyn.gz"), gzipSync(Buffer.alloc(200 << 20)));
    writeFileSync(join(folder, "\x1b[31mred.lyn"), "hello\n");
    mkdirSync(join(folder, "folder.lyn"));
    execFileSync("mkfifo", [join(folder, "pipe.lyn")]);
    const names = [
      "empty.lyn",
      "foreign.lyn",
      "page.html",
      "bomb.lyn.gz",
      "\x1b[31mred.lyn",
      "folder.lyn",
      "pipe.lyn",
      "no-such.lyn",
      "/dev/zero",
      "/proc/self/mem",
      process.execPath,
    ];
    for (const name of names) {
      await expectRefusal(["report", name], { code: 65, text: "cannot read" });
      await expectRefusal(["convert", name, "-o", "b.collapsed"], { code: 65, text: "cannot read" });
    }
  });

  test("that were cut short or damaged: what is whole is read, or a line says why not", async () => {
    const good = readFileSync(recording());
    let seed = 1;
    const random = (below: number): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) % below;
    for (let round = 0; round < 24; round++) {
      const bad = Buffer.from(round % 2 === 0 ? good.subarray(0, random(good.length)) : good);
      for (let hits = random(10); hits > 0 && bad.length > 0; hits--) bad[random(bad.length)] = random(256);
      writeFileSync(join(folder, "bad.lyn"), bad);
      const { code, err, peak } = await lynceus(["convert", "bad.lyn", "-o", "bad.collapsed"], { cwd: folder, limit: 15_000 });
      expect(code, err).toBeOneOf([0, 65]);
      if (code === 65) {
        expect(err).toMatch(oneLine);
        expect(existsSync(join(folder, "bad.collapsed"))).toBe(false);
      }
      expect(peak).toBeLessThan(400 << 20);
      rmSync(join(folder, "bad.collapsed"), { force: true });
    }
  });
});

describe("nobody takes what it writes", () => {
  const into = (redirection: string): readonly string[] => ["sh", "-c", `exec "$@" ${redirection}`, "sh"];
  const program = [python.path, "-c", "import time; time.sleep(0.3); exit(3)"];

  test.each([["--help"], ["--version"], ["completion", "bash"]])("stdout is full: %s", async (...args) => {
    const { code, err } = await lynceus(args, { cwd: folder, prefix: into(">/dev/full") });
    expect({ code, err }).toEqual({ code: 73, err: "lynceus: cannot write stdout: no space left on device\n" });
  });

  test.each(["2>/dev/full", "2>&-"])("stderr is gone (%s): the recording and the exit code are not", async (redirection) => {
    const { code } = await lynceus(["run", "-o", "a.lyn", ...program], { cwd: folder, prefix: into(redirection) });
    expect(code).toBe(3);
    const report = await lynceus(["report", "a.lyn"], { cwd: folder });
    expect(report).toMatchObject({ code: 0, out: expect.stringContaining("the program ended") as string });
  });
});
