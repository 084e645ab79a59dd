import { LynceusError } from "../base/errors.ts";
import type { Nanoseconds, Pid } from "../base/units.ts";
import { checkAccess } from "../os/access.ts";
import { boottimeNow, monotonicNow, sleepUntil } from "../os/clock.ts";
import { type Known, NONE, type Block, type SampleIndex } from "../profile/tables.ts";
import { KernelExchange } from "./capture/kernel/kernel-exchange.ts";
import { KernelSource } from "./capture/kernel/kernel-source.ts";
import { describeFailure } from "./describe-failure.ts";
import { ProcessSampler } from "./process-sampler.ts";
import { Recorder } from "./recorder.ts";
import type { Moment, Round } from "./thread-sampler.ts";
import type { WhereFrame, WhereResult, WhereThread } from "./where.ts";

const millisecond: Nanoseconds = 1e6;
/** An interpreter that is just being set up is waited for. */
const startTimeout: Nanoseconds = 1000 * millisecond;
/** Threads whose stack did not prove itself are looked at again, this often. */
const maxRounds = 20;

/** One look at all threads of a process. Throws `LynceusError`: no such process, no permission, not Python, too old. */
export function lookAt(pid: Pid): WhereResult {
  checkAccess(pid);
  const first = look(pid, null);
  if (first.isProved) return first.result;
  // A program that calls faster than can be proved from outside: the kernel may be allowed to copy it exactly.
  const exchange = KernelExchange.load();
  if (!exchange.ok) return first.result;
  const kernel = new KernelSource(exchange.value, false);
  try {
    return look(pid, kernel).result;
  } finally {
    kernel.close();
  }
}

function look(pid: Pid, kernel: KernelSource | null): { result: WhereResult; isProved: boolean } {
  const recorder = new Recorder();
  const sampler = begin(pid, recorder, kernel);
  try {
    const { block, isProved } = takeRounds(sampler, recorder);
    const { commandLine, executable, pythonVersion } = block.processes[0]!;
    return { result: { pid, commandLine, executable, pythonVersion, threads: describeThreads(block, pid) }, isProved };
  } finally {
    sampler.close();
  }
}

function begin(pid: Pid, recorder: Recorder, kernel: KernelSource | null): ProcessSampler {
  const giveUpAt = monotonicNow() + startTimeout;
  for (;;) {
    const begun = ProcessSampler.begin(pid, recorder, [0, 0, 0, 0, 0], { kernel, pause: null });
    if (begun.ok) return begun.value;
    if (begun.error.kind !== "not-initialised" || monotonicNow() >= giveUpAt) {
      const { code, message, hint } = describeFailure(pid, begun.error, "where");
      throw new LynceusError(code, message, hint === null ? {} : { hint });
    }
    sleepUntil(monotonicNow() + millisecond);
  }
}

/** Samples until every thread has a proved sample, within reason. A block with all of it. */
function takeRounds(sampler: ProcessSampler, recorder: Recorder): { block: Block; isProved: boolean } {
  const start = boottimeNow();
  const now = (): Moment => ({ boottime: boottimeNow() - start, monotonic: monotonicNow() });
  let isProved = false;
  for (let round = 0; round < maxRounds && !isProved; round++) {
    if (round > 0) sleepUntil(monotonicNow() + millisecond);
    const before = recorder.samples.length;
    isProved = sampler.sample(asRound(now())) && recorder.samples.isProvedFrom(before);
  }
  sampler.keepCurrent(now());
  const block = recorder.takeBlock([], null);
  if (block.processes.length === 0) throw new LynceusError("no-such-process", `process ${sampler.pid} ended while it was looked at`);
  return { block, isProved };
}

/** Nothing weighs anything in a look. */
function asRound(now: Moment): Round {
  return { ...now, weighedTo: now.monotonic, firstWeight: 0 };
}

/** The best known, then newest, sample of each thread; threads that only came or went meanwhile are left out. */
function describeThreads(block: Block, pid: Pid): WhereThread[] {
  const { samples, threads } = block;
  const best = new Map<number, SampleIndex>();
  const lastTime = samples.length === 0 ? 0 : samples.time[samples.length - 1]!;
  for (let index = 0; index < samples.length; index++) {
    const thread = samples.thread[index]!;
    const so = best.get(thread);
    if (so === undefined || samples.known[index]! <= samples.known[so]!) best.set(thread, index);
  }
  const seenLast = new Set<number>();
  for (let index = 0; index < samples.length; index++) if (samples.time[index] === lastTime) seenLast.add(samples.thread[index]!);
  const names = new Map(block.renames.map(({ thread, name }) => [thread, name]));
  return threads
    .map((row, thread) => ({ row, thread, sample: best.get(thread) }))
    .filter(({ thread, sample }) => sample !== undefined && seenLast.has(thread))
    .map(({ row, thread, sample }) => ({
      tid: row.tid,
      name: names.get(thread) ?? row.name,
      interpreter: row.interpreter,
      state: samples.state[sample!]!,
      known: samples.known[sample!]! as Known,
      frames: describeFrames(block, samples.stack[sample!]!),
    }))
    .toSorted((a, b) => Number(b.tid === pid) - Number(a.tid === pid) || a.tid - b.tid || a.interpreter - b.interpreter);
}

function describeFrames({ stacks, frames, functions, strings }: Block, leaf: number): WhereFrame[] {
  const found: WhereFrame[] = [];
  for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) {
    const frame = stacks.frame[stack]!;
    const func = frames.function[frame]!;
    found.push({
      name: strings[functions.name[func]!]!,
      file: strings[functions.file[func]!]!,
      line: frames.line[frame]!,
      endLine: frames.endLine[frame]!,
      column: frames.column[frame]!,
      endColumn: frames.endColumn[frame]!,
      kind: functions.kind[func]! as WhereFrame["kind"],
    });
  }
  return found.toReversed();
}
