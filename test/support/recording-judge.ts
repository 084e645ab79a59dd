import type { Block, Recording, StackIndex } from "../../src/profile/tables.ts";
import { FunctionKind, Known, NONE } from "../../src/profile/tables.ts";
import { TablesBuilder, stringAt } from "../../src/profile/tables-builder.ts";
import type { StackJudge, ToldFrame, Verdict } from "./stack-judge.ts";

/** Samples by how they are known and what the judge says. */
export interface Judged {
  /** verified, exact, paused, partial, lost: by `Known`. */
  readonly known: number[];
  /** Samples that are given as whole, and those that say themselves that their top is missing: how many cannot be. */
  readonly whole: { functions: number; lines: number };
  readonly partial: { functions: number; lines: number };
  /** Some of the impossible stacks, as text, each once. */
  readonly examples: Map<string, number>;
}

const mostExamples = 20;

export function emptyJudged(): Judged {
  return { known: [0, 0, 0, 0, 0, 0], whole: { functions: 0, lines: 0 }, partial: { functions: 0, lines: 0 }, examples: new Map() };
}

export function countWhole({ known }: Judged): number {
  return known[Known.verified]! + known[Known.exact]! + known[Known.paused]! + known[Known.unchecked]!;
}

/** Whole and partial: those that say something. */
export function countTold(judged: Judged): number {
  return countWhole(judged) + judged.known[Known.partial]!;
}

export function countImpossible({ whole, partial }: Judged): number {
  return whole.functions + whole.lines + partial.functions + partial.lines;
}

/** Judges the samples of a recording, or of one in the making, block by block. Each different stack once. */
export class RecordingJudge {
  readonly judged: Judged;
  readonly #judge: StackJudge;
  #tables = new TablesBuilder();
  #verdicts = new Map<string, Verdict>();

  /** Goes on counting in `judged`. */
  constructor(judge: StackJudge, judged: Judged = emptyJudged()) {
    this.#judge = judge;
    this.judged = judged;
  }

  addRecording(recording: Recording): void {
    for (const block of recording.blocks()) this.add(block);
  }

  add(block: Block): void {
    if (block.restartsTables) {
      this.#tables = new TablesBuilder();
      this.#verdicts = new Map();
    }
    this.#tables.add(block);
    const { samples } = block;
    for (let index = 0; index < samples.length; index++) this.#count(samples.stack[index]!, samples.known[index] as Known);
  }

  #count(stack: StackIndex, known: Known): void {
    const { judged } = this;
    judged.known[known]!++;
    if (known === Known.lost) return;
    const isPart = known === Known.partial;
    const key = `${stack},${isPart}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.#judge.judge(this.#framesOf(stack), isPart);
      this.#verdicts.set(key, verdict);
    }
    if (verdict === "possible") return;
    const sum = isPart ? judged.partial : judged.whole;
    if (verdict === "impossible function") sum.functions++;
    else sum.lines++;
    const text = `${verdict}${isPart ? " (partial)" : ""}: ${this.#framesOf(stack)
      .map(({ name, line }) => `${name}:${line}`)
      .join(" > ")}`;
    if (judged.examples.has(text) || judged.examples.size < mostExamples) judged.examples.set(text, (judged.examples.get(text) ?? 0) + 1);
  }

  #framesOf(stack: StackIndex): ToldFrame[] {
    const { stacks, frames, functions } = this.#tables;
    const told: ToldFrame[] = [];
    for (let at = stack; at !== NONE; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      const func = frames.function[frame]!;
      if (functions.kind[func] === FunctionKind.marker) continue;
      const [name, file] = [stringAt(this.#tables, functions.name[func]!), stringAt(this.#tables, functions.file[func]!)];
      told.push({ name, file, firstLine: functions.firstLine[func]!, line: frames.line[frame]! });
    }
    return told.reverse();
  }
}
