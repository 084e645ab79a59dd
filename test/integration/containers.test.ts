import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pid } from "../../src/base/units.ts";
import { readInnerThreadId, listChildren } from "../../src/os/processes.ts";
import { canContain, type Container, makeContainer } from "../support/container.ts";
import { type Interpreter, interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { copyPackage } from "../support/package-copy.ts";
import { loadRecorded } from "../support/recorded.ts";

/*
 * Containers as engines make them, without an engine: a root of their own by chroot(1), namespaces by unshare(1).
 */
const prefixed = interpreters().filter(({ source }) => source === "pyenv");
const [inside, outside] = [prefixed[0], prefixed.at(-1)];
const isPossible = canContain() && inside !== undefined && outside !== undefined && inside !== outside;
if (!isPossible) process.stderr.write("\nNOT TESTED: containers. It takes root, unshare(1), and two interpreters with folders of their own (pyenv)\n\n");

const prefixOf = ({ path }: Interpreter): string => dirname(dirname(path));
const spin = (where: string): string => `import os, sys, time
def spin(seconds):
    end = time.time() + seconds
    while time.time() < end: pass  # ${where}
print("READY", flush=True)
spin(float(sys.argv[1]))
`;

describe.skipIf(!isPossible)("from the host", () => {
  let container: Container;
  let folder = "";
  let python = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lynceus-host-"));
    writeFileSync(join(folder, "app.py"), spin("on the host"));
    // What has the path of the host's interpreter is another version there.
    python = join(prefixOf(outside!), "bin/python3");
    container = makeContainer({ [prefixOf(outside!)]: prefixOf(inside!) }, { [join(folder, "app.py")]: spin("in the container") });
  });
  afterAll(() => {
    container[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  async function start(flags: readonly string[]): Promise<{ readonly pid: Pid; readonly child: ChildProcess }> {
    const home = prefixOf(outside!);
    const child = container.start([python, join(folder, "app.py"), "60"], { flags, env: { PYTHONHOME: home, LD_LIBRARY_PATH: join(home, "lib") } });
    await once(child.stdout!, "data");
    return { pid: flags.includes("-f") ? listChildren(child.pid!)[0]! : child.pid!, child };
  }

  test.each([
    ["a root of its own", []],
    ["every namespace of its own", ["-f", "-p", "-u", "-i", "-n", "-U", "-r", "--kill-child"]],
  ])("a process with %s: its Python, its sources, our ids", async (_, flags) => {
    const { pid, child } = await start(flags);
    try {
      if (flags.length > 0) expect(readInnerThreadId(pid, pid)).toBe(1);
      const { out, err, code } = await lynceus(["where", String(pid)]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain(`\nPython ${inside!.version} (`);
      expect(out).toContain(`\nThread ${pid} MainThread:`);
      expect(out).toContain("# in the container");
      using results = temporaryFolder();
      expect(await lynceus(["attach", "-q", "-C", "-x", "0.4", "-o", results.file("a.lyn"), String(pid)])).toMatchObject({ code: 0, err: "" });
      const { profile, functions } = loadRecorded(results.file("a.lyn"));
      expect(profile.processes.map((row) => [row.pid, row.pythonVersion])).toEqual([[pid, inside!.version]]);
      expect(functions()).toContain("spin");
    } finally {
      process.kill(pid, "SIGKILL");
      await once(child, "close");
    }
  });

  test("children of a process in a container are seen, too", async () => {
    const home = prefixOf(outside!);
    const both = `"${python}" ${join(folder, "app.py")} 20 & "${python}" ${join(folder, "app.py")} 20; wait`;
    using results = temporaryFolder();
    const child = container.start(["/bin/sh", "-c", both], {
      flags: ["-f", "-p", "--kill-child"],
      env: { PYTHONHOME: home, LD_LIBRARY_PATH: join(home, "lib") },
    });
    await once(child.stdout!, "data");
    try {
      expect(await lynceus(["attach", "-q", "-C", "-x", "0.5", "-o", results.file("a.lyn"), String(child.pid)])).toMatchObject({ code: 0, err: "" });
      expect(loadRecorded(results.file("a.lyn")).profile.processes).toHaveLength(2);
    } finally {
      // With the first process of its pid namespace all of them end.
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });
});

describe.skipIf(!isPossible)("in a container", () => {
  let copy: ReturnType<typeof copyPackage>;
  let container: Container;
  const node = ["/usr/bin/env", process.execPath];
  const python = join(prefixOf(outside ?? prefixed[0] ?? ({ path: "/" } as Interpreter)), "bin/python3");
  const run = ["/app/package/dist/bin.js", "run", "-x", "0.4", "--kill", "-o", "-", "-F", "collapsed", python, "/srv/app.py", "5"];
  beforeAll(() => {
    copy = copyPackage();
    const home = prefixOf(outside!);
    container = makeContainer({ "/app": copy.folder, [home]: home, [dirname(process.execPath)]: dirname(process.execPath) }, { "/srv/app.py": spin("here") });
  });
  afterAll(() => {
    container[Symbol.dispose]();
    copy[Symbol.dispose]();
  });

  test.each([
    ["without HOME, TERM and /sys", {}],
    ["that may write nowhere", { isReadOnly: true }],
    ["with process ids of its own", { flags: ["-f", "-p", "--kill-child"] }],
  ])("%s, a program is recorded", async (_, options) => {
    const { code, out, err } = await container.run([...node, ...run], options);
    expect({ code, err }).toEqual({ code: 143, err: expect.stringMatching(/^(.*\n)*lynceus: [\d,]+ samples in /) });
    expect(out).toMatch(/^python3?:\d+;MainThread;<module> \(\/srv\/app\.py:\d+\);spin \(/m);
  });

  test.each([
    ["without /proc", { proc: "none" }],
    ["with the /proc of others", { proc: "host", flags: ["-f", "-p", "--kill-child"] }],
  ] as const)("%s, nothing is started, and the words say what is missing", async (_, options) => {
    const expected = {
      code: 36,
      out: "",
      err: "lynceus: /proc is missing, or of another pid namespace than ours\n  mount -t proc proc /proc, or for unshare(1): --mount-proc\n",
    };
    expect(await container.run([...node, ...run], options)).toEqual(expected);
    expect(await container.run([...node, "/app/package/dist/bin.js", "where", "1"], options)).toEqual(expected);
  });
});
