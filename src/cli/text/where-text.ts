import { Known, State } from "../../profile/tables.ts";
import type { WhereResult, WhereTaskLibrary, WhereThread } from "../../sampler/where.ts";
import { formatFrames, shownName } from "./frames-text.ts";
import { formatCount } from "./numbers.ts";
import { fitWidth, printable } from "./printable.ts";
import { shellWord } from "./shell-word.ts";
import { type TaskLoop, TaskTree } from "./task-tree.ts";
import { formatLoop, formatVerdict, type TasksTextOptions } from "./tasks-text.ts";
import type { Paint } from "./terminal.ts";

/** What `lynceus where` prints: every thread, its state in words, its frames with the newest last, or the tasks that it runs. */
export function formatWhere(result: WhereResult, options: TasksTextOptions): string {
  const { paint } = options;
  const tree = result.tasks === null ? null : new TaskTree(result.tasks);
  const lines = tree === null ? [] : [...formatVerdict(result, tree, options), ""];
  lines.push(
    `${paint("bold", `Process ${result.pid}`)}: ${fitWidth(printable(result.commandLine.map(shellWord).join(" ")), 500)}`,
    `Python ${printable(result.pythonVersion)}${result.wordSize === 4 ? ", 32-bit" : ""} (${printable(result.executable)})`,
    ...result.taskLibraries.flatMap((library) => libraryLine(library, tree !== null)),
  );
  for (const thread of result.threads) lines.push("", threadLine(thread, paint), ...threadContent(thread, tree, options));
  for (const loop of tree?.loops ?? []) {
    if (!result.threads.some((thread) => isIn(loop, thread))) lines.push("", ...formatLoop(loop, tree!, options));
  }
  return `${lines.join("\n")}\n`;
}

/** Without `--tasks`: that there are some. */
function libraryLine({ kind, count, message }: WhereTaskLibrary, areShown: boolean): string[] {
  if (count === null) return [`${kind}: ${printable(message)}`];
  return areShown || count === 0 ? [] : [`${kind}: ${formatCount(count)} ${count === 1 ? "task" : "tasks"}; --tasks shows them`];
}

function isIn(loop: TaskLoop, { tid, interpreter }: WhereThread): boolean {
  return loop.tid !== 0 && loop.tid === tid && loop.interpreter === interpreter;
}

/** A thread that runs a loop is told by its tasks; by its frames too when it is not a task that keeps it from waiting for events. */
function threadContent(thread: WhereThread, tree: TaskTree | null, options: TasksTextOptions): string[] {
  const loops = tree?.loops.filter((loop) => isIn(loop, thread)) ?? [];
  if (loops.length === 0) return threadFrames(thread, options);
  const isTold = loops.some(({ tasks }) => tasks.some(({ state }) => state === "running")) || waitsForEvents(thread);
  return [...(isTold ? [] : threadFrames(thread, options)), ...loops.flatMap((loop) => formatLoop(loop, tree!, options))];
}

/** Where loops wait for events; uvloop's own frames are not Python's. */
const waitingFiles = ["/selectors.py", "/asyncio/runners.py", "/uvloop/__init__.py", "/gevent/hub.py", "/_core/_io_epoll.py", "/curio/kernel.py"];

function waitsForEvents({ frames, state }: WhereThread): boolean {
  const newest = frames.at(-1);
  return newest !== undefined && (state & State.onCpu) === 0 && waitingFiles.some((file) => newest.file.endsWith(file));
}

function threadLine(thread: WhereThread, paint: Paint): string {
  const name = thread.name === "" ? "" : ` ${paint("bold", shownName(thread.name))}`;
  const interpreter = thread.interpreter === 0 ? "" : ` of sub-interpreter ${thread.interpreter}`;
  return `Thread ${thread.tid}${name}${interpreter}: ${stateInWords(thread.state, paint)}${knownInWords(thread.known)}`;
}

function stateInWords(state: number, paint: Paint): string {
  const words = [whatItDoes(state, paint)];
  if (state & State.holdsGil) words.push("holds the GIL");
  if (state & State.waitsForGil) words.push(paint("yellow", "waits for the GIL"));
  if (state & State.collecting) words.push("collects garbage");
  return words.join(", ");
}

function whatItDoes(state: number, paint: Paint): string {
  if (state & State.stopped) return paint("yellow", "stopped");
  if (state & State.waitsForCpu) return paint("yellow", "waits for a CPU");
  if (state & State.onCpu) return paint("green", "on CPU");
  return state & State.uninterruptible ? paint("yellow", "blocked in the kernel") : "idle";
}

function knownInWords(known: Known): string {
  if (known === Known.partial) return " (it runs too fast to prove its newest frames)";
  return known === Known.lost ? " (its stack could not be read)" : "";
}

function threadFrames({ frames }: WhereThread, options: TasksTextOptions): string[] {
  return frames.length === 0 ? [options.paint("dim", "  no Python frame")] : formatFrames(frames, options);
}
