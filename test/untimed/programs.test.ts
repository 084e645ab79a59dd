import { describe, expect, it } from "vitest";
import { extraInterpreters, requireInterpreters } from "../support/interpreters.ts";
import { startTarget } from "../support/target.ts";

/** The programs that the other tests look into: a program that does not do what it says would make their failures a riddle. */
describe.each([...requireInterpreters(), ...extraInterpreters()])("programs on CPython $version, $path", (interpreter) => {
  it.each(["two_trees", "generators", "deep_recursion", "subinterpreters", "forks", "many_threads"])("%s gets ready and stays", async (name) => {
    await using target = await startTarget(interpreter, `${name}.py`);
    expect(target.process.exitCode).toBe(null);
    expect(target.process.pid).toBe(target.pid);
    expect(await target.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("truth tells the frames of each parked thread", async () => {
    await using target = await startTarget(interpreter, "truth.py");
    const { threads } = JSON.parse(target.ready) as { threads: { name: string; native_id: number; frames: { name: string; line: number }[] }[] };
    expect(threads).toHaveLength(14);
    expect(threads[0]).toMatchObject({ name: "MainThread", native_id: target.pid });
    for (const { frames } of threads) expect(frames.at(-1)?.name).toBe("park");
    expect(threads.find(({ name }) => name === "深い")?.frames.filter(({ name }) => name === "deep")).toHaveLength(201);
    expect(threads.some(({ frames }) => frames.some(({ line }) => line > 70_000))).toBe(true);
  });

  it("many_threads renames and ends threads", async () => {
    await using target = await startTarget(interpreter, "many_threads.py", ["4"]);
    target.process.stdin.write("rename 1 other\n");
    expect(await target.nextLine()).toBe("RENAMED");
    target.process.stdin.write("end 1\n");
    expect(await target.nextLine()).toBe("ENDED");
    expect((await target.stop()).signal).toBe("SIGKILL");
  });

  it("short ends with the asked exit code, execs becomes another program", async () => {
    await using short = await startTarget(interpreter, "short.py", ["50", "7"]);
    await expect(short.nextLine()).rejects.toThrow("ended its output");
    expect(await short.stop()).toEqual({ code: 7, signal: null });
    await using execs = await startTarget(interpreter, "execs.py", ["10"]);
    expect(await execs.nextLine()).toBe("AGAIN");
    expect(execs.process.exitCode).toBe(null);
  });

  it.each(["split_70_30", "sleep_and_work", "two_threads"])("%s tells the truth about its time", async (name) => {
    await using target = await startTarget(interpreter, `${name}.py`, ["0.3"]);
    const [word, json] = (await target.nextLine()).split(/ (.*)/s);
    expect(word).toBe("TRUTH");
    const truth = JSON.parse(json ?? "") as Record<string, number>;
    if (name === "split_70_30") expect(truth["seventy"]).toBeCloseTo(0.7, 1);
    if (name === "sleep_and_work") expect(truth["cpu"]).toBeLessThan(0.3);
    if (name === "two_threads") expect(truth["cruncher"]).toBeGreaterThan(truth["main"] ?? 0);
  });
});
