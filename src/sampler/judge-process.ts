import { LynceusError } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { checkAccess } from "../os/access.ts";
import { readProcessFacts, type ProcessFacts } from "../os/machine-facts.ts";
import { listThreads, readCommandLine, readStat, readThreadComment } from "../os/processes.ts";
import { RemoteMemory } from "../os/remote-memory.ts";
import { fitsKernel } from "./capture/kernel/kernel-exchange.ts";
import { describeFailure } from "./describe-failure.ts";
import { no, partly, yes, type Check } from "./diagnosis.ts";
import { findPythonBelow } from "./python-below.ts";
import { RuntimeFinder } from "./runtime-finder.ts";
import { ThreadList } from "./thread-list.ts";

/** What can be done to one process. Ends with what makes the rest pointless. */
export function judgeProcess(pid: Pid, canAskKernel: boolean): Check[] {
  const facts = readProcessFacts(pid);
  const denial = denialOf(pid);
  const isThere = facts !== null && denial?.code !== "no-such-process" && denial?.code !== "not-python";
  if (!isThere)
    return [no("exists", "process", denial?.message ?? `process ${pid} ended while it was looked at`, denial?.hint ?? null, denial?.code ?? "no-such-process")];
  const seen = [judgeExistence(pid, facts), judgeTracer(facts), judgeState(pid), judgeNamespace(facts)];
  if (denial !== null) return [...seen, no("memory", "its memory", denial.message, denial.hint, denial.code)];
  return [...seen, yes("memory", "its memory", "can be read"), ...judgePython(pid, canAskKernel)];
}

function denialOf(pid: Pid): LynceusError | null {
  try {
    checkAccess(pid);
    return null;
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
}

function judgeExistence(pid: Pid, { user }: ProcessFacts): Check {
  const count = listThreads(pid).length;
  return yes("exists", "process", `of user ${user}, ${counted(count, "thread")}: ${readCommandLine(pid).join(" ") || readThreadComment(pid, pid)}`);
}

function judgeTracer({ tracer }: ProcessFacts): Check {
  if (tracer === null) return yes("tracer", "not traced", "no debugger is attached to it");
  return partly("tracer", "not traced", `process ${tracer} (${readThreadComment(tracer, tracer)}) traces it, so it cannot be paused by us`, null);
}

function judgeState(pid: Pid): Check {
  const state = readStat(pid)?.state;
  if (state !== "T" && state !== "t") return yes("running", "not stopped", "it runs, or sleeps by itself");
  const isBySignal = state === "T";
  return partly(
    "running",
    "not stopped",
    `it is stopped by a ${isBySignal ? "signal" : "debugger"}: samples will say so`,
    isBySignal ? `kill -CONT ${pid}` : null,
  );
}

function judgeNamespace({ ids }: ProcessFacts): Check {
  const [id, name] = ["namespace", "pid namespace"];
  if (ids.length <= 1) return yes(id, name, "the same as ours");
  return yes(id, name, `another one, in which it is process ${ids.at(-1)}; Lynceus shows the ids of ours`);
}

function judgePython(pid: Pid, canAskKernel: boolean): Check[] {
  const finder = new RuntimeFinder();
  const found = finder.find(pid);
  if (!found.ok) {
    const below = found.error.kind === "not-python" ? findPythonBelow(pid, finder) : null;
    if (below !== null) return [partly("python", "Python", `not in itself, but process ${below} below it runs one`, `lynceus doctor ${below}`)];
    const { code, message, hint } = describeFailure(pid, found.error, "attach");
    return [no("python", "Python", message, hint, code)];
  }
  const runtime = found.value;
  const kind = /\.so\b/.test(runtime.path) ? "the library" : "the executable";
  const python = yes("python", "Python", `${runtime.version}${runtime.layout.wordSize === 4 ? ", 32-bit" : ""}, in ${kind} ${runtime.path}`);
  return [python, judgeThreads(pid, runtime), ...(canAskKernel ? [judgeKernel(runtime)] : [])];
}

function judgeThreads(pid: Pid, runtime: RuntimeLocation): Check {
  const list = new ThreadList(new RemoteMemory(pid), runtime);
  if (!list.read()) return partly("threads", "its threads", "they come and go faster than they can be listed", null);
  const threads = new Set(list.threads.map(({ state }) => state.threadId)).size;
  return yes("threads", "its threads", `${counted(threads, "thread")} of Python in ${counted(list.interpreters.length, "interpreter")}`);
}

function judgeKernel({ layout }: RuntimeLocation): Check {
  if (fitsKernel(layout)) return yes("exact", "exact samples", "the kernel can copy its frames");
  return no("exact", "exact samples", "the structures of this Python are too large for a copy by the kernel", null);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
