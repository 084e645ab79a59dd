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

  it.each(["wall", "cpu"])("has the names of tasks as frames, as Echion has them, in mode %s", { timeout: toolsTimeout }, async (mode) => {
    using folder = temporaryFolder();
    const script = `
import asyncio, time
async def sleeper():
    await asyncio.sleep(1.2)
async def worker():
    for _ in range(12):
        end = time.perf_counter() + 0.05
        while time.perf_counter() < end: sum(range(200))
        await asyncio.sleep(0.05)
async def main():
    await asyncio.gather(asyncio.create_task(sleeper(), name="rests"), asyncio.create_task(worker(), name="works"))
asyncio.run(main())`;
    const words = mode === "cpu" ? ["-c"] : [];
    const ended = await lynceus(["echion", ...words, "-i", "2ms", "-o", "a.mojo", python.path, "-c", script], { cwd: folder.path });
    expect([ended.code, ended.err]).toEqual([0, ""]);
    const read = readMojo(folder.file("a.mojo"));
    if (read === null) return;
    const times = new Map<string, number>();
    for (const [, , , frames, time] of read.samples) {
      const path = frames.map(([file, name, line]) => (file === "" && line === 0 ? `[${String(name)}]` : String(name))).join(">");
      times.set(path, (times.get(path) ?? 0) + time);
    }
    const timeOf = (part: string): number => [...times].reduce((sum, [path, time]) => sum + (path.includes(part) ? time : 0), 0);
    expect(timeOf("[Task-1]>main>[works]>worker")).toBeGreaterThan(0);
    if (mode === "wall") expect(timeOf("[Task-1]>main>[rests]>sleeper>sleep")).toBeGreaterThan(0);
    else expect(timeOf("[rests]")).toBe(0);
    // The tasks of a thread never have more than its time: the program lives for 1.2 s and some more.
    expect(timeOf("[Task-1]")).toBeLessThanOrEqual(timeOf(""));
    expect(timeOf("")).toBeLessThan(20_000_000);
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
