import { describe, expect, test } from "vitest";
import { State } from "../../src/profile/tables.ts";
import type { WhereFrame, WhereResult, WhereThread } from "../../src/sampler/where.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { isRunning, lynceus, processState, waitFor } from "../support/lynceus.ts";
import { startTarget } from "../support/target.ts";

/** What test/programs/truth.py says of itself. */
interface Truth {
  readonly threads: readonly { readonly native_id: number; readonly name: string; readonly frames: readonly Omit<WhereFrame, "kind">[] }[];
}

async function where(pid: number): Promise<WhereResult> {
  const { code, out, err } = await lynceus(["where", "--json", String(pid)]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as WhereResult;
}

/** Looks until every thread is in some state, because states come and go. The last look when they never are. */
async function whereUntil(pid: number, isReached: (thread: (name: string) => WhereThread) => boolean): Promise<(name: string) => WhereThread> {
  for (let tries = 0; ; tries++) {
    const { threads } = await where(pid);
    const thread = (name: string): WhereThread => threads.find((candidate) => candidate.name === name)!;
    if (isReached(thread) || tries === 10) return thread;
  }
}

const has = (thread: WhereThread, state: number): boolean => (thread.state & state) !== 0;
const names = (thread: WhereThread | undefined): readonly string[] => thread?.frames.map(({ name }) => name) ?? [];
const tail = (thread: WhereThread | undefined, count: number): readonly string[] => names(thread).slice(-count);

const everyPython = [...requireInterpreters(), ...requireI686Interpreters([9, 11])];

describe.concurrent.each(everyPython)("where on CPython $version, words of $wordSize bytes", (interpreter) => {
  test("tells every frame of every thread as the program itself does", async () => {
    await using target = await startTarget(interpreter, "truth.py");
    const truth = JSON.parse(target.ready) as Truth;
    const { threads, pythonVersion, pid } = await where(target.pid);
    expect({ pid, pythonVersion }).toEqual({ pid: target.pid, pythonVersion: interpreter.version });
    expect(threads).toHaveLength(truth.threads.length + 1);
    for (const { native_id, name, frames } of truth.threads) {
      const seen = threads.find(({ tid }) => tid === native_id);
      expect(seen).toMatchObject({ name, interpreter: 0, known: 0, state: 0 });
      expect(seen?.frames).toEqual(frames.map((frame) => ({ ...frame, kind: 0 })));
    }
    expect(
      tail(
        threads.find(({ name }) => name === "reporter"),
        1,
      ),
    ).toEqual(["report"]);
  });

  test("shows threads and their source lines as text", async () => {
    await using target = await startTarget(interpreter, "truth.py");
    const { code, out } = await lynceus(["where", String(target.pid)]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Process ${target.pid}: `));
    expect(out).toContain(`Python ${interpreter.version}${interpreter.wordSize === 4 ? ", 32-bit" : ""} (`);
    for (const text of ["MainThread: idle\n", "größe: idle\n", "深い: idle\n", "\u{1F40D}: idle\n", "    gate.acquire()\n", "the same 197 more times"])
      expect(out).toContain(text);
  });

  test("tells all frames of a recursion 10,000 deep", async () => {
    await using target = await startTarget(interpreter, "deep_recursion.py");
    const { threads } = await where(target.pid);
    const diver = threads.find(({ name }) => name === "diver");
    expect(names(diver).filter((name) => name === "descend")).toHaveLength(10_000);
    expect(tail(diver, 2)).toEqual(["descend", "bottom"]);
  });

  test("tells threads of sub-interpreters from those of the main one", async () => {
    await using target = await startTarget(interpreter, "subinterpreters.py");
    const { threads } = await where(target.pid);
    const inside = threads.find((thread) => thread.interpreter === Number(target.ready));
    expect(names(inside)).toContain("inside_other");
    expect(tail(threads[0], 2)).toEqual(["main", "wait_in_main"]);
    expect(threads[0]).toMatchObject({ name: "MainThread", interpreter: 0 });
    expect(threads.some((thread) => thread.interpreter === 0 && tail(thread, 1)[0] === "host_other")).toBe(true);
    // Up to 3.12 the thread state of a sub-interpreter keeps the id of the thread that created it, whichever runs in it.
    const host = threads.find((thread) => thread.interpreter === 0 && thread.tid === inside?.tid);
    expect(tail(host, 1)).toEqual([interpreter.minor >= 13 ? "host_other" : "wait_in_main"]);
  });

  test("sees the new name of a thread, in any alphabet, and that a thread has ended", async () => {
    await using target = await startTarget(interpreter, "many_threads.py", ["8"]);
    const ids = JSON.parse(target.ready) as number[];
    for (const command of ["rename 1 \u{1F409} drachen\n", "end 2\n"]) {
      target.process.stdin.write(command);
      await target.nextLine();
    }
    const { threads } = await where(target.pid);
    const named = new Map(threads.map(({ tid, name }) => [tid, name]));
    expect(ids.map((id) => named.get(id))).toEqual(["worker-0", "\u{1F409} drachen", undefined, "worker-3", "worker-4", "worker-5", "worker-6", "träger-7"]);
  });

  test("tells who holds the GIL, who waits for it, who sleeps", async () => {
    await using target = await startTarget(interpreter, "thread_states.py", ["hold"]);
    const thread = await whereUntil(target.pid, (name) => has(name("MainThread"), State.holdsGil) && has(name("wanter"), State.waitsForGil));
    expect(thread("MainThread").state).toBe(State.onCpu | State.holdsGil);
    expect(thread("wanter").state).toBe(State.waitsForGil);
    expect(thread("sleeper").state).toBe(0);
    expect([tail(thread("MainThread"), 1), tail(thread("wanter"), 1), tail(thread("sleeper"), 1)]).toEqual([["hold_gil"], ["want_gil"], ["sleep_long"]]);
  });

  test("tells that garbage is collected, and on which thread", async () => {
    await using target = await startTarget(interpreter, "thread_states.py", ["collect"]);
    const thread = await whereUntil(target.pid, (name) => has(name("collector"), State.collecting));
    expect(thread("collector").state).toBe(State.onCpu | State.holdsGil | State.collecting);
    expect(tail(thread("collector"), 1)).toEqual(["collect"]);
    expect(thread("MainThread").state).toBe(0);
  });

  test("looks into a stopped process and leaves it stopped", async () => {
    await using target = await startTarget(interpreter, "two_threads.py");
    process.kill(target.pid, "SIGSTOP");
    await waitFor(() => processState(target.pid) === "T", "the stop");
    const { threads } = await where(target.pid);
    expect(threads.map(({ state, known }) => ({ isStopped: (state & State.stopped) !== 0, known }))).toEqual(
      threads.map(() => ({ isStopped: true, known: 0 })),
    );
    expect(names(threads.find(({ name }) => name === "waiter"))).toContain("wait_for_never");
    expect(processState(target.pid)).toBe("T");
    process.kill(target.pid, "SIGCONT");
    await waitFor(() => isRunning(target.pid), "the target to go on");
  });
});
