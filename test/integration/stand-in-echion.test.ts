import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { interpreters } from "../support/interpreters.ts";
import { lynceus, startLynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { pythonPackage } from "../support/python-packages.ts";
import { programPath, startTarget } from "../support/target.ts";

/** Command lines as people type them for Echion, through the stand-in; what comes out is read by austin-python. */
const plain = interpreters().filter(({ debug }) => !debug);
const python = plain.find(({ minor }) => minor === 12) ?? plain.at(-1)!;
const program = programPath("two_paces.py");
const golden = fileURLToPath(new URL("../golden", import.meta.url));
const toolsTimeout = 180_000;

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
