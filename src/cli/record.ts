import type { Pid } from "../base/units.ts";
import type { SessionOutcome, SessionTarget } from "../sampler/session-options.ts";
import { checkOutput } from "./check-output.ts";
import { abortedExitCode, exitCodeOfTarget } from "./exit-codes.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { OutputFiles } from "./output-files.ts";
import { planOutputs } from "./output-plan.ts";
import { printable } from "./printable.ts";
import { createProgress } from "./progress.ts";
import type { RecordingOptions } from "./recording-options.ts";
import { detailLine, summaryLine } from "./summary.ts";
import { createPaint } from "./terminal.ts";

/** A recording from options to the last line: what `run` and `attach` are. Resolves with the exit code; throws LynceusError. */
export async function record(target: SessionTarget, options: RecordingOptions): Promise<number> {
  const plans = planOutputs(options.outputs, options.format);
  for (const plan of plans) checkOutput(plan);
  const isRun = target.kind === "command";
  // A program that writes to our terminal has it for itself.
  const progress = createProgress(process.stderr, !options.isQuiet && !(isRun && process.stdout.isTTY), isRun ? "" : "(Ctrl-C stops)");

  const { startSession } = await import("../sampler/session.ts");
  let files: OutputFiles | null = null;
  const begin = isRun ? outlivingInterrupts : <T>(start: () => Promise<T>): Promise<T> => start();
  const session = await begin(() =>
    startSession(
      {
        target,
        interval: options.interval,
        mode: options.mode,
        exposure: options.exposure,
        killAtEnd: options.killAtEnd,
        processes: options.allProcesses ? "all" : "outermost",
        startTimeout: options.startTimeout,
      },
      { onBlock: (block) => files?.add(block), onProgress: (totals) => progress.update(totals) },
    ),
  );
  const stopListening = listenForInterrupts({
    target: isRun ? session.pid : null,
    stop: () => session.stop("interrupted"),
    abort: () => {
      progress.clear();
      const kept = files?.abandon() ?? null;
      if (kept !== null) process.stderr.write(`lynceus: aborted; what was recorded is in ${printable(kept)}\n`);
      process.exit(abortedExitCode);
    },
  });
  try {
    files = new OutputFiles(plans, session.meta, session.pid, options.write, () => {
      // A program that we run is still ours to wait for.
      if (!isRun) session.stop("the reader of the output went away");
    });
    const outcome = await session.finished;
    progress.clear();
    const written = await files.finish();
    if (!options.isQuiet) printSummary(written, outcome, options, isRun && outcome.exit === null ? session.pid : null);
    return exitCodeOfTarget(outcome.exit);
  } catch (error) {
    session.stop("an error");
    files?.abandon();
    throw error;
  } finally {
    progress.clear();
    stopListening();
  }
}

/** While a program is being started, Ctrl-C is its own: it ends, and then so do we. The second one is for us. */
async function outlivingInterrupts<T>(start: () => Promise<T>): Promise<T> {
  let count = 0;
  const onInterrupt = (): void => {
    if (++count > 1) process.exit(abortedExitCode);
  };
  process.on("SIGINT", onInterrupt);
  try {
    return await start();
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

function printSummary(files: readonly string[], { reason, totals }: SessionOutcome, { color, isVerbose }: RecordingOptions, running: Pid | null): void {
  const name = createPaint(process.stderr, color)("bold", "lynceus:");
  if (isVerbose) process.stderr.write(`${name} ${printable(reason)}; ${detailLine(totals)}\n`);
  if (running !== null) process.stderr.write(`${name} the program goes on, as process ${running}\n`);
  process.stderr.write(`${name} ${summaryLine(files, totals)}\n`);
}
