import { Known } from "../../profile/tables.ts";
import type { WhereAwaited, WhereCircle, WhereTask } from "../../sampler/where.ts";
import { shownName } from "./frames-text.ts";
import { formatCount, formatDuration } from "./numbers.ts";
import type { TaskTree } from "./task-tree.ts";
import type { Paint } from "./terminal.ts";

/** Names that a library gives to tasks without one say nothing: then what it was made from is said, too. */
const givenName = /^(?:Task|Greenlet)(?:-\d+)?$|^<|^$/;
/** Of a circle of hundreds. */
const mostNames = 12;

/** "worker-1 fetch()": above its frames. */
export function taskLabel(task: WhereTask, tree: TaskTree, paint: Paint): string {
  const { name, coroutine } = task;
  const shown = paint("bold", shownName(name));
  return `${coroutine === "" || coroutine === name ? shown : `${shown} ${shownName(coroutine)}()`}${numbered(task, tree)}`;
}

/** "worker-1", "Task-7 fetch()": where others speak of it. */
export function shortLabel(task: WhereTask, tree: TaskTree): string {
  const { name, coroutine } = task;
  const label = givenName.test(name) && coroutine !== "" ? `${shownName(name)} ${shownName(coroutine)}()` : shownName(name);
  return `${label}${numbered(task, tree)}`;
}

function numbered(task: WhereTask, tree: TaskTree): string {
  const number = tree.numberOf(task);
  return number === 0 ? "" : ` #${number}`;
}

/** What a task does: "runs", "waits for a Lock, held by worker-2". */
export function taskDoes(task: WhereTask, tree: TaskTree, paint: Paint): string {
  switch (task.state) {
    case "running":
      return `${paint("green", "runs")}${doubt(task)}`;
    case "ready":
      return `${paint("yellow", "ready to run")}${doubt(task)}`;
    case "created":
      return `has not begun${doubt(task)}`;
    case "finished":
      return `has ended${doubt(task)}`;
    case "waiting":
      return `${waits(task, tree)}${doubt(task)}${circleWord(task, tree, paint)}`;
  }
}

function circleWord({ id }: WhereTask, tree: TaskTree, paint: Paint): string {
  if (!tree.inCircle.has(id)) return "";
  return tree.inDeadlock.has(id) ? ` ${paint("red", "(deadlock)")}` : ` ${paint("yellow", "(circle)")}`;
}

function doubt({ known }: WhereTask): string {
  if (known === Known.partial) return " (it changes too fast to prove what it does)";
  return known === Known.lost ? " (its frames could not be read)" : "";
}

function waits(task: WhereTask, tree: TaskTree): string {
  const { waitsFor } = task;
  const awaited = tree.awaited(task);
  if (awaited.length > 0) {
    const what = awaited.length === 1 ? shortLabel(awaited[0]!, tree) : `${formatCount(awaited.length)} tasks`;
    return `waits for ${what}${waitsFor === null ? "" : inBrackets(times(waitsFor))}`;
  }
  if (waitsFor === null) return "waits";
  const detail = shownName(waitsFor.detail);
  const more = inBrackets([waitsFor.kind === "socket" ? "" : detail, ...times(waitsFor)]);
  switch (waitsFor.kind) {
    case "sleep":
      return `sleeps${more}`;
    case "socket":
      return `waits for ${detail === "" ? "a socket" : detail}${more}`;
    case "thread":
      return `waits for work in a thread${more}`;
    case "tasks":
      return `waits for tasks that have ended or are not known${more}`;
    default:
      return `waits for ${thing(waitsFor.typeName === "" ? waitsFor.kind : waitsFor.typeName)}${more}${holder(waitsFor.heldBy, tree)}`;
  }
}

function inBrackets(figures: readonly string[]): string {
  const told = figures.filter((text) => text !== "");
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

/** Its time is over, and its loop has not come to it yet. */
export function isOverdue({ state, waitsFor }: WhereTask): boolean {
  return state === "waiting" && waitsFor?.left === 0;
}

function times({ kind, waited, left }: WhereAwaited): string[] {
  const texts: string[] = [];
  if (left === 0) return [...(waited === null ? [] : [`for ${formatDuration(waited)} so far`]), "its time is over"];
  if (waited !== null) texts.push(`for ${formatDuration(waited)} so far`);
  // Of a sleep the whole is known, and so what is left.
  if (left !== null && (kind !== "sleep" || waited === null)) texts.push(`${formatDuration(left)} at most from now`);
  return texts;
}

function holder(heldBy: number | undefined, tree: TaskTree): string {
  const task = heldBy === undefined ? null : tree.find(heldBy);
  return task === null ? "" : `, held by ${shortLabel(task, tree)}`;
}

function thing(name: string): string {
  // An Event, an RLock.
  return `${/^(?:[AEIOUaeiou]|[FHLMNRSX][A-Z])/.test(name) ? "an" : "a"} ${shownName(name)}`;
}

/** "deadlock: worker-1 -> worker-2 -> worker-1" */
export function circleLine({ tasks, exits }: WhereCircle, tree: TaskTree, paint: Paint): string {
  const label = (id: number): string => {
    const task = tree.find(id);
    return task === null ? "?" : shortLabel(task, tree);
  };
  const names = tasks.map(label);
  const shown = names.length > mostNames ? [...names.slice(0, mostNames - 2), `... ${names.length - mostNames + 1} more`, names.at(-1)!] : names;
  const ring = [...shown, names[0]!].join(" -> ");
  if (exits.length === 0) return `${paint(["red", "bold"], "deadlock")}: ${ring}`;
  const isTimed = (id: number): boolean => (tree.find(id)?.waitsFor?.left ?? null) !== null;
  const timeout = (id: number): string => (isTimed(id) ? "has a timeout" : "may have a timeout");
  const ways = exits.slice(0, 3).map(({ task, why }) => `${label(task)} ${why === "timeout" ? timeout(task) : "may wait for the first of several"}`);
  return `${paint(["yellow", "bold"], "circle")}: ${ring} (${ways.join(", ")})`;
}

/** "9 tasks: 1 runs, 3 ready, 5 waiting, 2 have ended and are not shown" */
export function countLine(tasks: readonly WhereTask[], finished: number): string {
  const count = (state: WhereTask["state"]): number => tasks.filter((task) => task.state === state).length;
  const parts = [
    [count("running"), "running"],
    [count("ready"), "ready to run"],
    [count("waiting"), "waiting"],
    [count("created"), "not begun"],
  ] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, word]) => `${formatCount(number)} ${word}`);
  const ended = finished === 0 ? "" : `; ${formatCount(finished)} more ${finished === 1 ? "has" : "have"} ended`;
  return `${formatCount(tasks.length)} ${tasks.length === 1 ? "task" : "tasks"}${words.length === 0 ? "" : `: ${words.join(", ")}`}${ended}`;
}
