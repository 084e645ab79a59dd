import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { lynceus, type Ended } from "../support/command-line.ts";
import { interpreters, requireInterpreters } from "../support/interpreters.ts";
import { temporaryFolder } from "../support/lynceus.ts";
import { becomeNobody, copyPackage, nobodyCanRun } from "../support/package-copy.ts";
import { startTarget, type Target } from "../support/target.ts";

/*
 * As an ordinary user: its own processes can be read, those of others cannot, and the words say why. Needs root to become somebody else.
 */
const python = interpreters().findLast(({ path }) => nobodyCanRun(path));
if (!python) process.stderr.write("\nNOT TESTED: what an ordinary user may do. It takes root, setpriv(1) and an interpreter that everybody may run\n\n");

describe.skipIf(!python)("an ordinary user", () => {
  let copy: ReturnType<typeof copyPackage>;
  let folder = "";
  beforeAll(() => {
    copy = copyPackage();
    ({ folder } = copy);
  });
  afterAll(() => copy[Symbol.dispose]());

  const asNobody = (...args: string[]): Promise<Ended> => lynceus(args, { cwd: folder, prefix: becomeNobody, entry: copy.entry });

  /** A program of the other user; its file must be one that it may read. */
  function startAsNobody(before: string): Promise<Target> {
    const file = join(folder, "nap.py");
    writeFileSync(file, `import sys, time, signal\nsignal.alarm(60)\n${before}\ndef nap(): time.sleep(60)\nprint("READY", flush=True)\nnap()\n`);
    return startTarget({ path: becomeNobody[0]! }, file, [], { pythonArguments: [...becomeNobody.slice(1), python!.path] });
  }

  test("runs a program", async () => {
    const { code, err } = await asNobody("run", "-q", "-o", "run.lyn", python!.path, "-c", "import time; time.sleep(0.3)");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(openRecordingFile(join(folder, "run.lyn")).isComplete).toBe(true);
  });

  test("attaches to a process of its own", async () => {
    await using target = await startAsNobody("");
    expect(await asNobody("attach", "-q", "-x", "300ms", "-o", "own.lyn", String(target.pid))).toMatchObject({ code: 0, err: "" });
    expect((await asNobody("where", String(target.pid))).out).toContain("  nap (");
  });

  test("is told whose a process is that it may not read", async () => {
    await using target = await startTarget(python!, "sleep_and_work.py");
    for (const verb of ["attach", "where"]) {
      expect(await asNobody(verb, String(target.pid))).toMatchObject({
        code: 37,
        out: "",
        err: `lynceus: process ${target.pid} belongs to user 0, and we run as user 65534\n  sudo lynceus ... ${target.pid}  (or CAP_SYS_PTRACE)\n`,
      });
    }
  });

  test("is told that its own process was made undumpable; root reads it", async () => {
    const PR_SET_DUMPABLE = 4;
    await using target = await startAsNobody(`import ctypes\nctypes.CDLL(None).prctl(${PR_SET_DUMPABLE}, 0)`);
    const { code, err } = await asNobody("where", String(target.pid));
    expect(code).toBe(37);
    expect(err).toMatch(/^lynceus: process \d+ may not be read: .*undumpable\n {2}sudo lynceus [^\n]*\n$/);
    expect((await lynceus(["where", String(target.pid)], { cwd: folder })).out).toContain("  nap (");
  });

  test("cannot write where it may not", async () => {
    mkdirSync(join(folder, "closed"), { mode: 0o755 });
    const { code, err } = await asNobody("run", "-o", "closed/a.lyn", python!.path, "-c", "0");
    expect({ code, err }).toEqual({ code: 73, err: "lynceus: cannot write closed/a.lyn: permission denied\n" });
  });
});

describe("where a seccomp filter forbids calls, as containers have it", () => {
  const withoutCalls = new URL("../support/without_calls.py", import.meta.url).pathname;
  const { path } = requireInterpreters().at(-1)!;
  /** By their numbers on x86-64. */
  const calls = { processVmReadv: 310, bpf: 321, ptrace: 101, perfEventOpen: 298 } as const;
  const without = (...numbers: readonly number[]): readonly string[] => [path, withoutCalls, String(constants.errno.EPERM), numbers.join(",")];

  test("that read memory: nothing is started, and the words say why", async () => {
    using folder = temporaryFolder();
    const options = { cwd: folder.path, prefix: without(calls.processVmReadv) };
    const refused = {
      code: 37,
      out: "",
      err: "lynceus: process_vm_readv is not allowed here (a seccomp filter, as containers have it)\n  give the container the right: --cap-add SYS_PTRACE, or run Lynceus on the host\n",
    };
    expect(await lynceus(["run", path, "-c", "print('started')"], options)).toMatchObject(refused);
    expect(await lynceus(["where", String(process.pid)], options)).toMatchObject(refused);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("that only help: programs are recorded without", async () => {
    using folder = temporaryFolder();
    const options = { cwd: folder.path, prefix: without(calls.bpf, calls.ptrace, calls.perfEventOpen) };
    expect(await lynceus(["run", "-q", "-o", "a.lyn", path, "-c", "import time; time.sleep(0.3)"], options)).toMatchObject({ code: 0, err: "" });
    expect(openRecordingFile(folder.file("a.lyn")).isComplete).toBe(true);
  });
});
