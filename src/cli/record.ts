import type { Pid } from "../base/units.ts";
import type { CaptureObstacle, Session, SessionOutcome, SessionTarget } from "../sampler/session-options.ts";
import type { RunOptions } from "../sampler/start.ts";
import { checkOutput } from "./output/check-output.ts";
import { abortedExitCode, exitCodeOfTarget } from "./exit-codes.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { leave } from "./leave.ts";
import { OutputFiles } from "./output/output-files.ts";
import { planOutputs } from "./output/output-plan.ts";
import { formatDuration, formatShare } from "./text/numbers.ts";
import { printable } from "./text/printable.ts";
import { type Progress, createProgress } from "./text/progress.ts";
import type { Pushing } from "./pushing.ts";
import type { RecordingOptions } from "./options/recording-options.ts";
import { detailLine, summaryLine, unrecordedLine } from "./text/summary.ts";
import { createPaint } from "./text/terminal.ts";

/** A recording from options to the last line: what `run` and `attach` are. Resolves with the exit code; throws LynceusError. */
export async function record(target: SessionTarget, options: RecordingOptions): Promise<number> {
  if (options.isPipe) return await (await import("./pipe.ts")).recordPipe(target, options, sessionOptionsFrom(options));
  // Who only pushes needs no file.
  const plans = options.push !== null && options.outputs.length === 0 && options.format === null ? [] : planOutputs(options.outputs, options.format);
  for (const plan of plans) checkOutput(plan);
  const isRun = target.kind === "command";
  // A program that writes to our terminal has it for itself.
  const progress = createProgress(process.stderr, !options.isQuiet && !(isRun && process.stdout.isTTY), isRun ? "" : "(Ctrl-C stops)");

  const { attach, run } = await import("../sampler/start.ts");
  let files: OutputFiles | null = null;
  let session: Session | null = null;
  const pushing = await startPushing(options, progress);
  const interrupts = listenForInterrupts(() => {
    progress.clear();
    const kept = files?.abandon() ?? null;
    if (kept !== null) process.stderr.write(`lynceus: aborted; what was recorded is in ${printable(kept)}\n`);
    void leave(abortedExitCode);
  });
  try {
    const asked = sessionOptionsFrom(options);
    const begun = await (isRun ? run(target.command, { ...asked, onLaunch: (pid) => interrupts.launched(pid) }) : attach(target.pid, asked));
    session = begun;
    if (plans.length > 0) {
      files = new OutputFiles(plans, begun.meta, begun.pid, options.write, () => {
        // A program that we run is still ours to wait for.
        if (!isRun) begun.stop("the reader of the output went away");
      });
    }
    pushing?.begin(begun.meta, begun.pid);
    interrupts.begin({ target: isRun ? begun.pid : null, stop: () => begun.stop("interrupted") });
    for await (const { block, totals } of begun) {
      files?.add(block);
      pushing?.add(block);
      progress.update(totals);
    }
    const outcome = await begun.finished;
    progress.clear();
    const written = (await files?.finish()) ?? [];
    const pushed = (await pushing?.finish()) ?? [];
    if (!options.isQuiet) printSummary(written, outcome, options, isRun && outcome.exit === null ? begun.pid : null, begun.obstacle);
    if (!options.isQuiet) for (const line of pushed) process.stderr.write(`${createPaint(process.stderr, options.color)("bold", "lynceus:")} ${line}\n`);
    return exitCodeOfTarget(outcome.exit);
  } catch (error) {
    session?.stop("an error");
    files?.abandon();
    pushing?.abandon();
    // No thread is left stopped.
    await session?.finished.catch(() => {});
    throw error;
  } finally {
    progress.clear();
    interrupts.close();
  }
}

/** Loaded only by those who push. */
async function startPushing({ push, mode }: RecordingOptions, progress: Progress): Promise<Pushing | null> {
  if (push === null) return null;
  const { Pushing } = await import("./pushing.ts");
  return new Pushing(push, mode, () => progress.clear());
}

function sessionOptionsFrom({
  interval,
  mode,
  exposure,
  killAtEnd,
  allProcesses,
  startTimeout,
  source,
  pause,
  kernelStacks,
  tasks,
  write,
}: RecordingOptions): RunOptions {
  return {
    interval,
    mode,
    exposure,
    killAtEnd,
    processes: allProcesses ? "all" : "outermost",
    startTimeout,
    source,
    pause,
    kernelStacks,
    tasks,
    notesMemory: write.full,
  };
}

/** So much of a recording may be unproved before we say what would help. */
const bearableShare = 0.01;

function printSummary(
  files: readonly string[],
  { reason, totals, pauses }: SessionOutcome,
  { color, isVerbose }: RecordingOptions,
  running: Pid | null,
  obstacle: CaptureObstacle | null,
): void {
  const name = createPaint(process.stderr, color)("bold", "lynceus:");
  if (isVerbose) process.stderr.write(`${name} ${printable(reason)}; ${detailLine(totals)}\n`);
  if (running !== null) process.stderr.write(`${name} the program goes on, as process ${running}\n`);
  if (obstacle !== null && (isVerbose || totals.partial + totals.lost > bearableShare * totals.samples)) {
    const hint = obstacle.hint === null ? "" : ` (${obstacle.hint})`;
    process.stderr.write(
      `${name} ${formatShare(totals.partial + totals.lost, totals.samples)} could not be proved from outside; the kernel was not asked: ${obstacle.message}${hint}\n`,
    );
  }
  if (isVerbose && pauses !== null) process.stderr.write(`${name} threads were paused for ${formatDuration(pauses.time)}\n`);
  if (pauses !== null && pauses.obstacle !== null) process.stderr.write(`${name} not every thread could be paused: ${printable(pauses.obstacle)}\n`);
  const unrecorded = unrecordedLine(totals);
  if (unrecorded !== null) process.stderr.write(`${name} ${unrecorded}\n`);
  process.stderr.write(`${name} ${summaryLine(files, totals)}\n`);
}
