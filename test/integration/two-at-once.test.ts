import { expect, it } from "vitest";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { Known } from "../../src/profile/tables.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { countRounds } from "../support/quiet-machine.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

const loaded = KernelExchange.load();
if (!loaded.ok) process.stderr.write(`\nNOT TESTED: two recordings through the kernel at once: ${explainBpfFailure(loaded.error, readBpfFacts()).message}\n\n`);
else loaded.value.close();

it.skipIf(!loaded.ok)("two recordings of one process through the kernel do not disturb each other", async () => {
  await using program = await startTarget(requireInterpreters().at(-1)!, "two_trees.py");
  using folder = temporaryFolder();
  const files = ["one.lyn", "two.lyn"].map((name) => folder.file(name));
  const ended = await Promise.all(
    files.map((file) => lynceus(["attach", "-q", "-x", "1.5", "-r", "500", "--source", "kernel", "-o", file, String(program.pid)])),
  );
  expect(ended.map(({ code, err }) => ({ code, err }))).toEqual([
    { code: 0, err: "" },
    { code: 0, err: "" },
  ]);
  for (const file of files) {
    const { samples, profile, stack } = loadRecorded(file);
    const whole = samples((sample) => profile.samples.known[sample]! <= Known.paused);
    expect(whole.length).toBeGreaterThan(20);
    // On a busy machine it waits for a CPU most often, and then there is nobody to ask.
    const { due, late } = countRounds(profile);
    const exact = whole.filter((sample) => profile.samples.known[sample] === Known.exact);
    if (late < 0.05 * due) expect(exact.length / whole.length).toBeGreaterThan(0.5);
    const mixed = whole.map((sample) => stack(sample).join(" ")).filter((text) => text.includes("red_") && text.includes("blue_"));
    expect(mixed).toEqual([]);
  }
});
