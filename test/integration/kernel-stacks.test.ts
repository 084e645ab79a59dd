import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { findKernelStackObstacle } from "../../src/os/kernel-stack.ts";
import { FunctionKind } from "../../src/profile/tables.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import type { WhereResult } from "../../src/sampler/where.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { entry, lynceus, temporaryFolder } from "../support/lynceus.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

const obstacle = findKernelStackObstacle();
if (obstacle !== null) process.stderr.write(`\nNOT TESTED: stacks in the kernel: ${obstacle.message}\n\n`);
const loaded = KernelExchange.load();
if (!loaded.ok) process.stderr.write(`\nNOT TESTED: stacks of running threads in the kernel: ${explainBpfFailure(loaded.error, readBpfFacts()).message}\n\n`);
else loaded.value.close();

const interpreter = requireInterpreters().at(-1)!;
/** Where each waits: names that kernels from 5.10 on agree on. */
const waits: Readonly<Record<string, RegExp>> = { sleeps: /hrtimer_nanosleep/, reads: /pipe_read/, locks: /futex/, accepts: /inet_csk_accept/ };

describe.skipIf(obstacle !== null)("-k", () => {
  it("where: what each thread waits in", async () => {
    await using program = await startTarget(interpreter, "in_kernel.py");
    const { code, out, err } = await lynceus(["where", "-k", "--json", String(program.pid)]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { threads } = JSON.parse(out) as WhereResult;
    for (const [name, place] of Object.entries(waits)) {
      const frames = threads.find((thread) => thread.name === name)!.frames;
      const first = frames.findIndex(({ kind }) => kind === FunctionKind.kernel);
      const inKernel = frames.slice(first).map((frame) => frame.name);
      // Python below, the kernel above, nothing between.
      expect(frames.slice(0, first).every(({ kind }) => kind === FunctionKind.python)).toBe(true);
      expect(frames.slice(first).every(({ kind }) => kind === FunctionKind.kernel)).toBe(true);
      expect(inKernel.join(" "), name).toMatch(place);
    }
    const text = await lynceus(["where", "-k", String(program.pid)]);
    expect(text).toMatchObject({ code: 0, err: "", out: expect.stringContaining("hrtimer_nanosleep (kernel)\n") as string });
  });

  it.skipIf(!loaded.ok)("attach: a thread that works in the kernel, too", async () => {
    await using program = await startTarget(interpreter, "in_kernel.py");
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { code } = await lynceus(["attach", "-q", "-k", "-x", "1", "-o", file, String(program.pid)]);
    expect(code).toBe(0);
    const { samples, stack, threadName } = loadRecorded(file);
    const of = (name: string): readonly string[] => samples((sample) => threadName(sample) === name).map((sample) => stack(sample).join(" "));
    for (const [name, place] of Object.entries(waits)) for (const text of of(name)) expect(text).toMatch(place);
    const working = of("works");
    expect(working.filter((text) => / works .*vfs_read/.test(text)).length / working.length).toBeGreaterThan(0.5);
    // Nothing of what we interrupt it with.
    expect(working.filter((text) => /bpf|smp_call_function/.test(text))).toEqual([]);
  });
});

it.skipIf(process.getuid?.() !== 0)("without the right: one line, and what would help", async () => {
  const child = spawn(
    "setpriv",
    ["--bounding-set=-all", "--inh-caps=-all", process.execPath, entry, "run", "-k", "-F", "collapsed", "-o", "-", interpreter.path, "-c", "1"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, text }).toMatchObject({ code: 37, text: expect.stringMatching(/stacks in the kernel need root \(CAP_SYS_ADMIN/) as string });
});
