import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { type Interrupts, listenForInterrupts } from "./interrupts.ts";

let interrupts: Interrupts | null = null;
afterEach(() => interrupts?.close());

function listen(target: number | null): { readonly log: string[]; readonly begin: () => void } {
  const log: string[] = [];
  const listening = listenForInterrupts(() => log.push("abort"));
  interrupts = listening;
  return { log, begin: () => listening.begin({ target, stop: () => log.push("stop") }) };
}

/** Longer than what counts as the same signal. */
const awhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

async function sendOurselves(signal: "SIGINT" | "SIGTERM"): Promise<void> {
  const arrived = once(process, signal);
  process.kill(process.pid, signal);
  await arrived;
}

test("attached: the first stops, the second aborts", async () => {
  const { log, begin } = listen(null);
  begin();
  await sendOurselves("SIGINT");
  expect(log).toEqual(["stop"]);
  await sendOurselves("SIGTERM");
  expect(log).toEqual(["stop", "abort"]);
});

test("a program that we run gets the first; then stop, then abort", async () => {
  const child = spawn("sh", ["-c", "trap 'echo got TERM' TERM; echo ready; while :; do sleep 0.01; done"], { stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  await vi.waitFor(() => expect(output).toBe("ready\n"));
  const { log, begin } = listen(child.pid!);
  begin();
  await sendOurselves("SIGTERM");
  await vi.waitFor(() => expect(output).toBe("ready\ngot TERM\n"));
  expect(log).toEqual([]);
  await awhile();
  await sendOurselves("SIGTERM");
  expect(log).toEqual(["stop"]);
  await sendOurselves("SIGINT");
  expect(log).toEqual(["stop", "abort"]);
  child.kill("SIGKILL");
});

test("a program that has just ended cannot be signalled, and that is fine", async () => {
  const child = spawn("true");
  await once(child, "close");
  const { log, begin } = listen(child.pid!);
  begin();
  await sendOurselves("SIGTERM");
  expect(log).toEqual([]);
});

test("before there is anything to stop the first waits and the second aborts", async () => {
  const { log, begin } = listen(null);
  await sendOurselves("SIGTERM");
  expect(log).toEqual([]);
  begin();
  expect(log).toEqual(["stop"]);

  interrupts?.close();
  const again = listen(null);
  await sendOurselves("SIGINT");
  await awhile();
  await sendOurselves("SIGINT");
  expect(again.log).toEqual(["abort"]);
});

test("one that comes twice at once, as timeout(1) sends it, is one", async () => {
  const { log, begin } = listen(null);
  begin();
  await sendOurselves("SIGTERM");
  await sendOurselves("SIGTERM");
  expect(log).toEqual(["stop"]);
  await awhile();
  await sendOurselves("SIGTERM");
  expect(log).toEqual(["stop", "abort"]);
});
