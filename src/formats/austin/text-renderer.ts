import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { type FrameIndex, FunctionKind, type StackIndex, type ThreadIndex } from "../../profile/tables.ts";
import { plainName } from "../plain-name.ts";
import { StackTexts } from "../stack-texts.ts";
import type { AustinMetric, AustinMetrics, AustinRenderer } from "./austin-stream.ts";
import { markerFile } from "./marker-file.ts";

/** A frame is cut at its last two colons, so file names may have some. */
const inFiles: ReadonlyMap<string, string> = new Map([[";", ","]]);
const inFunctions: ReadonlyMap<string, string> = new Map([
  [";", ","],
  ["::", "."],
  [":", "."],
]);

/** Austin's samples as text: `P<pid>;T<interpreter>:<tid>;<file>:<function>:<line>;... <microseconds>` */
export class TextRenderer implements AustinRenderer {
  length = 0;
  readonly #tables: Tables;
  readonly #metric: AustinMetric;
  readonly #stacks: StackTexts;
  readonly #heads: string[] = [];
  #pending: string[] = [];

  constructor(tables: Tables, metric: AustinMetric) {
    this.#tables = tables;
    this.#metric = metric;
    this.#stacks = new StackTexts(tables.stacks, (frame) => frameText(tables, frame));
  }

  take(): string {
    const text = this.#pending.join("");
    this.#pending = [];
    this.length = 0;
    return text;
  }

  metadata(key: string, value: string): void {
    this.#line(`# ${key}: ${value}`);
  }

  gap(): void {
    this.#line("");
  }

  sample(thread: ThreadIndex, stack: StackIndex, isCollecting: boolean, metrics: AustinMetrics): void {
    const head = (this.#heads[thread] ??= threadHead(this.#tables, thread));
    const frames = this.#stacks.textOf(stack);
    this.#line(`${head}${frames === "" ? "" : `;${frames}`}${isCollecting ? ";:GC:" : ""} ${this.#numbers(metrics)}`);
  }

  #numbers({ time, isIdle, memory }: AustinMetrics): string {
    if (this.#metric === "full") return `${time},${isIdle ? 1 : 0},${memory}`;
    return String(this.#metric === "memory" ? memory : time);
  }

  #line(text: string): void {
    this.#pending.push(text, "\n");
    this.length += text.length + 1;
  }
}

function threadHead(tables: Tables, thread: ThreadIndex): string {
  const { process = 0, interpreter = 0, tid = 0 } = tables.threads[thread] ?? {};
  return `P${tables.processes[process]?.pid ?? 0};T${interpreter}:${tid}`;
}

function frameText(tables: Tables, frame: FrameIndex): string {
  const index = tables.frames.function[frame]!;
  const { functions } = tables;
  const name = plainName(stringAt(tables, functions.name[index]!), inFunctions) || "<unknown>";
  const file = plainName(stringAt(tables, functions.file[index]!), inFiles);
  switch (functions.kind[index]) {
    case FunctionKind.kernel:
      return `kernel:${name}:0`;
    case FunctionKind.marker:
      return `${markerFile}:${name}:0`;
    default:
      return `${file}:${name}:${tables.frames.line[frame]!}`;
  }
}
