import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Is there an answer to `path`, and is it this one? */
export async function ask(port: number, path = "/", answer: string | null = null): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    return response.ok && (answer === null ? text.length > 0 : text === answer);
  } catch {
    return false;
  }
}

export async function waitForServer(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await ask(port)) return;
    await sleep(100);
  }
  throw new Error("the server does not answer");
}

export interface Load {
  stop(): Promise<{ asked: number; wrong: number }>;
}

/** One request after the other, until stopped. */
export function keepAsking(askOnce: () => Promise<boolean>): Load {
  const stopped = new AbortController();
  const counts = { asked: 0, wrong: 0 };
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      counts.asked++;
      if (!(await askOnce())) counts.wrong++;
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await loop;
      return counts;
    },
  };
}

/** Asks it to end, and its workers with it. */
export async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  const timer = setTimeout(() => {
    for (const pid of readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").trim().split(" ").filter(Boolean))
      process.kill(Number(pid), "SIGKILL");
    server.kill("SIGKILL");
  }, 5000);
  await exit;
  clearTimeout(timer);
}
