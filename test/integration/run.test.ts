import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Interpreter } from "../support/interpreters.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { type Ended, lynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath } from "../support/target.ts";

/** The first sample is taken this soon after the interpreter's start; /proc counts starts in hundredths. */
const latestStart = 0.05 + 0.01;
const mostTries = 6;

type Folder = ReturnType<typeof temporaryFolder>;

function executable(folder: Folder, name: string, text: string): string {
  const path = folder.file(name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** Ways to start `short.py 600 4` that are not simply "python short.py". */
const starts: Readonly<Record<string, (python: string, folder: Folder) => readonly string[]>> = {
  "a shell script": (python, folder) => [
    executable(folder, "start.sh", `#!/bin/sh\ncd /tmp\n"${python}" "$@"\nexit $?\n`),
    programPath("short.py"),
    "600",
    "4",
  ],
  env: (python) => ["env", "SOME=1", python, programPath("short.py"), "600", "4"],
  "sh -c": (python) => ["sh", "-c", `sleep 0.1; '${python}' '${programPath("short.py")}' 600 4; exit $?`],
  "a venv's python": (python, folder) => {
    execFileSync(python, ["-m", "venv", "--without-pip", folder.file("venv")]);
    return [folder.file("venv/bin/python"), programPath("short.py"), "600", "4"];
  },
  "a console script": (python, folder) => [
    executable(
      folder,
      "short",
      `#!${python}\nimport runpy, sys\nsys.path.insert(0, '${dirname(programPath("short.py"))}')\nsys.exit(runpy.run_path('${programPath("short.py")}', run_name='__main__'))\n`,
    ),
    "600",
    "4",
  ],
  // pyenv's shims are bash scripts that execute "pyenv exec NAME", a bash script that sets things up and executes the real one.
  "a shim of pyenv's shape": (python, folder) => {
    const pyenv = executable(folder, "pyenv", `#!/usr/bin/env bash\nset -e\nshift 2\nexport PYENV_VERSION="$(echo 3)"\nexec "${python}" "$@"\n`);
    return [
      executable(folder, "python", `#!/usr/bin/env bash\nset -e\nprogram="\${0##*/}"\nexec "${pyenv}" exec "$program" "$@"\n`),
      programPath("short.py"),
      "600",
      "4",
    ];
  },
};

async function record(command: readonly string[], folder: Folder, ...options: readonly string[]): Promise<Ended & { readonly recorded: Recorded }> {
  const ended = await lynceus(["run", ...options, "-o", folder.file("a.lyn"), "--", ...command], { cwd: folder.path });
  return { ...ended, recorded: loadRecorded(folder.file("a.lyn")) };
}

describe.each(requireInterpreters())("run on CPython $version", (interpreter: Interpreter) => {
  const { path, version } = interpreter;

  test.concurrent.each(Object.keys(starts))("started by %s", async (kind) => {
    using folder = temporaryFolder();
    const { code, out, err, recorded } = await record(starts[kind]!(path, folder), folder);
    expect({ code, out }).toEqual({ code: 4, out: "READY\n" });
    expect(err).toMatch(/^lynceus: \S+a\.lyn: [\d,]+ samples in .*; next: lynceus report \S+a\.lyn\n$/);
    expect(recorded.profile.processes.map(({ pythonVersion }) => pythonVersion)).toEqual([version]);
    const brief = recorded.samples((sample) => recorded.stack(sample).includes("brief"));
    expect(recorded.sum(brief) / 1e9).toBeGreaterThan(0.1);
  });

  test.concurrent.each([
    ["sys.exit(0)", 0],
    ["sys.exit(255)", 255],
    ["sys.exit('a text on stderr')", 1],
    ["os.kill(os.getpid(), signal.SIGTERM)", 128 + 15],
    ["os.kill(os.getpid(), signal.SIGKILL)", 128 + 9],
    ["os.abort()", 128 + 6],
  ])("%s is %d", async (statement, expected) => {
    using folder = temporaryFolder();
    const { code, recorded } = await record([path, "-c", `import os, signal, sys, time; time.sleep(0.15); ${statement}`], folder, "-q");
    expect(code).toBe(expected);
    expect(recorded.profile).toMatchObject({ isComplete: true, end: { reason: "the program ended" } });
  });

  test.concurrent("a program that ends at once was seen, or that it was not is said", async () => {
    using folder = temporaryFolder();
    const { code, out, err } = await lynceus(["run", "-o", folder.file("a.lyn"), path, "-I", "-S", "-c", "print('x'); raise SystemExit(9)"]);
    expect(out).toBe("x\n");
    expect(code).toBe(9);
    expect(err).toMatch(/samples? in|the program ended before it could be sampled/);
  });

  test.concurrent("stdin and stdout pass through, byte by byte", async () => {
    using folder = temporaryFolder();
    const input = "\u0000\u001B[31m\r\nüñ\u{1F40D}".repeat(50_000);
    const copy = "import shutil, sys, time; time.sleep(0.1); shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)";
    const { code, out, err } = await lynceus(["run", "-q", "-o", folder.file("a.lyn"), path, "-c", copy], { input });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out === input).toBe(true);
  });

  test.concurrent("-x leaves the program running unless --kill is given", async () => {
    using folder = temporaryFolder();
    // Its own output must not keep the pipes of the test open.
    const command = ["sh", "-c", `exec '${path}' '${programPath("split_70_30.py")}' >/dev/null 2>&1`];
    const { code, err, recorded } = await record(command, folder, "-x", "0.5");
    const [{ pid } = { pid: 0 }] = recorded.profile.processes;
    try {
      expect(code).toBe(0);
      expect(err).toContain(`the program goes on, as process ${pid}\n`);
      expect(recorded.profile.end).toMatchObject({ reason: "time is up" });
      expect(Math.abs(recorded.profile.end!.duration / 1e9 - 0.5)).toBeLessThan(0.1);
      process.kill(pid, 0);
    } finally {
      process.kill(pid, "SIGKILL");
    }
    const killed = await record(command, folder, "-x", "0.5", "--kill");
    expect(killed.code).toBe(128 + 15);
    expect(() => process.kill(killed.recorded.profile.processes[0]!.pid, 0)).toThrow("ESRCH");
  });
});

describe.each(requireInterpreters())("the start on CPython $version", ({ path }) => {
  test.each([
    ["itself", (command: readonly string[]) => command],
    ["by a shell", (command: readonly string[]) => ["sh", "-c", 'sleep 0.3; "$@"; exit', "sh", ...command]],
  ])("the first sample comes within 50 ms, started %s", async (_, commandOf) => {
    using folder = temporaryFolder();
    let delay = Number.POSITIVE_INFINITY;
    // On a busy machine both have to wait for a CPU: the best of a few counts, and before the program's first line is soon enough.
    let latest = latestStart;
    for (let tries = 0; tries < mostTries && delay > latest; tries++) {
      const { out, recorded } = await record(commandOf([path, programPath("first_moment.py")]), folder, "-q");
      const { started, firstLine } = JSON.parse(out.replace("READY ", "")) as { started: number; firstLine: number };
      const { meta, samples } = recorded.profile;
      expect(firstLine).toBeGreaterThan(started);
      delay = (meta.startedAt + samples.time[0]! / 1e6) / 1000 - started;
      latest = Math.max(latestStart, firstLine - started);
    }
    expect(delay).toBeLessThan(latest);
  });
});

describe("what is not Python", () => {
  test.each([["true"], ["sh", "-c", "exit 5"], ["sh", "-c", "sleep 0.2; kill -9 $$"]].map((command) => ({ command })))(
    "$command: exit code 32, one clear line",
    async ({ command }) => {
      using folder = temporaryFolder();
      const { code, out, err } = await lynceus(["run", "-o", folder.file("a.lyn"), ...command], { cwd: folder.path });
      expect({ code, out }).toEqual({ code: 32, out: "" });
      expect(err).toMatch(/^lynceus: the command ended before a Python interpreter could be seen in it\n {2}[^\n]+\n$/);
      expect(existsSync(folder.file("a.lyn"))).toBe(false);
    },
  );

  test("one that does not end is ended after --timeout", async () => {
    using folder = temporaryFolder();
    const { code, err } = await lynceus(["run", "-t", "300ms", "-o", join(folder.path, "a.lyn"), "sh", "-c", `echo $$ > ${folder.file("pid")}; exec sleep 20`]);
    expect(code).toBe(32);
    expect(err).toMatch(/^lynceus: [^\n]*Python[^\n]*\n/);
    const pid = Number(execFileSync("cat", [folder.file("pid")], { encoding: "utf8" }));
    await waitFor(() => isGone(pid), "the end of the command");
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
