import type { WhereCircle, WhereResult, WhereTask } from "../../sampler/where.ts";
import { formatFrames, type FramesTextOptions, shownName } from "./frames-text.ts";
import { formatCount } from "./numbers.ts";
import type { Alike, TaskLoop, TaskTree } from "./task-tree.ts";
import { circleLine, countLine, isOverdue, shortLabel, taskDoes, taskLabel } from "./task-words.ts";

export interface TasksTextOptions extends FramesTextOptions {
  /** Tasks that are alike are listed, not counted. */
  readonly allTasks?: boolean;
}

/** Deeper ones are not moved further to the right. */
const deepest = 16;
/** Different ones below the same task, unless all are wanted. */
const mostSiblings = 200;
/** Of the tasks that are counted only. */
const mostNames = 4;
const mostCircles = 10;
/** A source line has at least so many columns, however deep it stands. */
const leastWidth = 40;

/** The first thing to know: what is stuck for certain. */
export function formatVerdict({ taskLibraries, tasks }: WhereResult, tree: TaskTree, options: TasksTextOptions): string[] {
  const circles: readonly WhereCircle[] = tasks?.circles ?? [];
  if (tree.loops.length === 0) return [noTasks(taskLibraries)];
  const busy = busyLoop(tree);
  if (circles.length === 0) return [busy ?? "no deadlock found: no tasks wait for each other in a circle"];
  const deadlocksFirst = circles.toSorted((a, b) => a.exits.length - b.exits.length);
  const lines = deadlocksFirst.slice(0, mostCircles).map((circle) => circleLine(circle, tree, options.paint));
  if (circles.length > mostCircles) lines.push(`... and ${formatCount(circles.length - mostCircles)} more circles`);
  return busy === null ? lines : [...lines, busy];
}

function noTasks(libraries: WhereResult["taskLibraries"]): string {
  if (libraries.length === 0) return "no tasks: neither asyncio is in use here, nor greenlets, trio or curio";
  return libraries.every(({ count }) => count === null) ? "no tasks could be read" : "no tasks";
}

/** Null: nothing runs while others could. */
function busyLoop(tree: TaskTree): string | null {
  for (const { tasks, tid } of tree.loops) {
    const runs = tasks.find(({ state }) => state === "running");
    const ready = tasks.filter((task) => task.state === "ready" || isOverdue(task)).length;
    if (runs === undefined || ready === 0) continue;
    return `${shortLabel(runs, tree)} runs in thread ${tid}, and ${ready === 1 ? "one other task" : `${formatCount(ready)} other tasks`} could go on`;
  }
  return null;
}

/** The tasks of one loop, those that wait above what they wait for. */
export function formatLoop(loop: TaskLoop, tree: TaskTree, options: TasksTextOptions): string[] {
  const { kind, tid, interpreter } = loop;
  const where = tid === 0 ? ` of a loop that no thread runs${interpreter === 0 ? "" : `, in sub-interpreter ${interpreter}`}` : "";
  const lines = [`  ${options.paint("bold", kind)}${where}: ${countLine(loop.tasks, loop.finished)}`];
  return [...lines, ...new TreeText(tree, options).lines(loop.roots)];
}

interface Level {
  readonly siblings: readonly Alike[];
  next: number;
  /** What stands before each of its lines. */
  readonly prefix: string;
  readonly depth: number;
}

/** Draws a tree. A task that several wait for is shown in full once. */
class TreeText {
  readonly #tree: TaskTree;
  readonly #options: TasksTextOptions;
  readonly #shown = new Set<WhereTask["id"]>();
  readonly #lines: string[] = [];

  constructor(tree: TaskTree, options: TasksTextOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** With a stack of its own: they may stand in a line of ten thousand. */
  lines(roots: readonly Alike[]): string[] {
    const path: Level[] = [{ siblings: this.#unfold(roots), next: 0, prefix: "  ", depth: 0 }];
    for (let level = path.at(-1); level !== undefined; level = path.at(-1)) {
      const { siblings, depth } = level;
      const hidden = this.#options.allTasks ? 0 : Math.max(0, siblings.length - mostSiblings);
      const index = level.next++;
      if (index >= siblings.length - hidden) {
        if (hidden > 0) this.#lines.push(`${level.prefix}${this.#options.paint("dim", `... ${formatCount(hidden)} more kinds of tasks; --all shows them`)}`);
        path.pop();
        continue;
      }
      const alike = siblings[index]!;
      const isSame = this.#options.allTasks === true && siblings[index - 1]?.[0]?.frames === alike[0]!.frames;
      const isLast = index === siblings.length - 1;
      const fork = depth === 0 ? "" : isLast ? "└─ " : "├─ ";
      const below = `${level.prefix}${depth === 0 ? "" : isLast ? "   " : "│  "}`;
      if (depth === 0) this.#lines.push("");
      const children = this.#addTask(alike, `${level.prefix}${fork}`, below, depth, isSame);
      if (children.length > 0) path.push({ siblings: children, next: 0, prefix: depth < deepest ? below : level.prefix, depth: depth + 1 });
    }
    return this.#lines;
  }

  /** Returns what is to be shown below it. `hasSameFrames`: as the one above it, and so they need not be shown again. */
  #addTask(alike: Alike, prefix: string, below: string, depth: number, hasSameFrames: boolean): readonly Alike[] {
    const { paint, width } = this.#options;
    const task = alike[0]!;
    const label = `${prefix}${depth > deepest ? paint("dim", `[${depth}] `) : ""}${taskLabel(task, this.#tree, paint)}`;
    if (this.#shown.has(task.id)) {
      this.#lines.push(`${label}${paint("dim", ": see above")}`);
      if (alike.length > 1) this.#lines.push(`${below}${paint("dim", `   ${othersLine(alike.slice(1))}`)}`);
      return [];
    }
    this.#shown.add(task.id);
    this.#lines.push(`${label}: ${taskDoes(task, this.#tree, paint)}`);
    const children = this.#unfold(this.#tree.below(task));
    const bar = `${below}${children.length > 0 ? "│" : " "}`;
    const frames = hasSameFrames ? [] : formatFrames(task.frames, { ...this.#options, width: Math.max(leastWidth, width - bar.length) });
    for (const line of frames) this.#lines.push(`${bar}${line}`);
    if (!task.isWhole) this.#lines.push(`${bar}${paint("dim", "  ... and on in what is not Python")}`);
    if (alike.length > 1) this.#lines.push(`${bar}${paint("dim", `  ${othersLine(alike.slice(1))}`)}`);
    return children;
  }

  #unfold(siblings: readonly Alike[]): readonly Alike[] {
    return this.#options.allTasks ? siblings.flatMap((alike) => alike.map((task) => [task])) : siblings;
  }
}

function othersLine(others: Alike): string {
  const isLong = others.length > mostNames + 1;
  const names = others.slice(0, isLong ? mostNames : undefined).map(({ name }) => shownName(name));
  const rest = isLong ? ` ... ${shownName(others.at(-1)!.name)}` : "";
  return `${formatCount(others.length)} more like this: ${names.join(", ")}${rest}`;
}
