import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { listenForInterrupts } from "./interrupts.ts";

let stopListening = (): void => {};
afterEach(() => stopListening());

function listen(target: number | null): { readonly log: string[] } {
  const log: string[] = [];
  stopListening = listenForInterrupts({ target, stop: () => log.push("stop"), abort: () => log.push("abort") });
  return { log };
}

async function sendOurselves(signal: "SIGINT" | "SIGTERM"): Promise<void> {
  const arrived = once(process, signal);
  process.kill(process.pid, signal);
  await arrived;
}

test("attached: the first stops, the second aborts", async () => {
  const { log } = listen(null);
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
  const { log } = listen(child.pid!);
  await sendOurselves("SIGTERM");
  await vi.waitFor(() => expect(output).toBe("ready\ngot TERM\n"));
  expect(log).toEqual([]);
  await sendOurselves("SIGTERM");
  expect(log).toEqual(["stop"]);
  await sendOurselves("SIGINT");
  expect(log).toEqual(["stop", "abort"]);
  child.kill("SIGKILL");
});

test("a program that has just ended cannot be signalled, and that is fine", async () => {
  const child = spawn("true");
  await once(child, "close");
  const { log } = listen(child.pid!);
  await sendOurselves("SIGTERM");
  expect(log).toEqual([]);
});
