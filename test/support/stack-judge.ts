import { execFileSync } from "node:child_process";
import type { Interpreter } from "./interpreters.ts";
import { projectRoot } from "./source-tree.ts";
import { programPath } from "./target.ts";

/** A frame as a profiler tells it, root first in a stack. Not every profiler tells the file, or where its function begins. */
export interface ToldFrame {
  readonly name: string;
  readonly line: number;
  readonly file?: string;
  readonly firstLine?: number;
}

/** "function": no such functions ever stood on each other. "line": they did, but not while one of them was on that line. */
export type Verdict = "possible" | "impossible function" | "impossible line";

/** What `possible_stacks.py` prints; its first comment says what it means. */
export interface PossibleStacks {
  readonly functions: readonly (readonly [name: string, file: string, firstLine: number, lines: readonly number[]])[];
  readonly stacks: readonly (readonly [below: number, callLine: number, func: number])[];
  /** Threads come and go, and have no frame when they do. */
  readonly startsThreads: boolean;
}

/** Has CPython itself say which stacks a program of test/programs can have. Takes two seconds or more. */
export function readPossibleStacks(interpreter: Pick<Interpreter, "path">, program: string): PossibleStacks {
  const output = execFileSync(interpreter.path, [`${projectRoot}/test/support/possible_stacks.py`, programPath(program)], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 60_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  return JSON.parse(output) as PossibleStacks;
}

/**
 * Says of a stack whether a program can have had it: each frame but the newest has to be on the line that called the next one, and all that
 * is below it as it was then; the newest may be on any line of its function. A stack may end anywhere, but not lack its root.
 */
export class StackJudge {
  readonly #possible: PossibleStacks;
  readonly #roots: number[] = [];
  /** Of each stack, those that stand on it. */
  readonly #above: readonly number[][];

  constructor(possible: PossibleStacks) {
    this.#possible = possible;
    this.#above = possible.stacks.map(() => []);
    possible.stacks.forEach(([below], index) => (below < 0 ? this.#roots : this.#above[below]!).push(index));
  }

  /** `isPart`: something is missing at its top, and perhaps everything. */
  judge(stack: readonly ToldFrame[], isPart: boolean): Verdict {
    const newest = stack.at(-1);
    if (newest === undefined) return isPart || this.#possible.startsThreads ? "possible" : "impossible function";
    const { functions, stacks } = this.#possible;
    const exact = this.#follow(stack, true);
    if (exact.some((index) => functions[stacks[index]![2]]![3].includes(newest.line))) return "possible";
    return exact.length > 0 || this.#follow(stack, false).length > 0 ? "impossible line" : "impossible function";
  }

  /** The stacks of the program that this may be. More than one: calls on other lines, and functions of the same name. */
  #follow(stack: readonly ToldFrame[], withLines: boolean): readonly number[] {
    const { stacks } = this.#possible;
    let found: readonly number[] = this.#roots;
    for (const [depth, frame] of stack.entries()) {
      if (depth > 0) found = found.flatMap((index) => this.#above[index]!);
      const caller = stack[depth - 1];
      found = found.filter((index) => {
        const [, callLine, func] = stacks[index]!;
        return this.#isCalled(func, frame) && (caller === undefined || !withLines || caller.line === callLine);
      });
    }
    return found;
  }

  #isCalled(func: number, { name, file, firstLine }: ToldFrame): boolean {
    const [itsName, itsFile, itsFirstLine] = this.#possible.functions[func]!;
    // CPython before 3.11, and some profilers, know only the last part of a qualified name.
    const isName = itsName === name || itsName.endsWith(`.${name}`);
    return isName && (file === undefined || file === itsFile) && (firstLine === undefined || firstLine === itsFirstLine);
  }
}
