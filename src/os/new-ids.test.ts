import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { NewIds } from "./new-ids.ts";
import { isProcess, listThreads } from "./processes.ts";

it("tells the ids of new processes, once", async () => {
  const ids = new NewIds();
  const child = spawn("true");
  await once(child, "spawn");
  // Null when hundreds were given out meanwhile, or they began anew: then it makes no promise.
  const taken = ids.take();
  if (taken !== null) {
    expect(taken).toContain(child.pid);
    expect(ids.take() ?? []).not.toContain(child.pid);
  }
  ids.close();
});

it("tells a thread's id from a process's", () => {
  const other = listThreads(process.pid).find((tid) => tid !== process.pid)!;
  expect([isProcess(process.pid), isProcess(other), isProcess(2 ** 30)]).toEqual([true, false, false]);
});
