import type { Nanoseconds } from "../../base/units.ts";
import { neededState, weightColumn } from "../../profile/sample-filter.ts";
import { type Tables, TablesBuilder, stringAt } from "../../profile/tables-builder.ts";
import { type FrameIndex, FunctionKind, type Recording, type StackIndex, State } from "../../profile/tables.ts";
import { durationOfBlocks } from "../duration.ts";
import type { WriteOptions } from "../format.ts";
import { plainName } from "../plain-name.ts";
import { StackTexts } from "../stack-texts.ts";
import { joinLines } from "../text-lines.ts";
import { markerFile } from "./marker-file.ts";

/** The version of Austin whose grammar this is. */
const austinVersion = "3.7.0";
/** A frame is cut at its last two colons, so file names may have some. */
const inFiles: ReadonlyMap<string, string> = new Map([[";", ","]]);
const inFunctions: ReadonlyMap<string, string> = new Map([
  [";", ","],
  ["::", "."],
  [":", "."],
]);

/**
 * Austin's text, as version 3 wrote it: a line per sample, its time in microseconds. What is lost below a microsecond
 * is carried to the thread's next sample, so that sums stay right; as in Austin, samples of 0 are not written.
 */
export function writeAustin(recording: Recording, options: WriteOptions): Iterable<string> {
  return joinLines(austinLines(recording, options));
}

function* austinLines(recording: Recording, options: WriteOptions): Generator<string> {
  // Austin has no word for GIL profiles: what is in the file is wall time, of fewer samples.
  const mode = options.full ? "wall" : options.mode;
  yield `# austin: ${austinVersion}`;
  yield `# interval: ${Math.round(recording.meta.interval / 1000)}`;
  yield `# mode: ${options.full ? "full" : mode === "cpu" ? "cpu" : "wall"}`;
  yield "";
  const tables = new TablesBuilder();
  const stacks = new StackTexts(tables.stacks, (frame) => frameText(tables, frame));
  const heads: string[] = [];
  const carried: Nanoseconds[] = [];
  const needed = neededState(mode);
  const duration = durationOfBlocks();
  let collecting: Nanoseconds = 0;
  for (const block of recording.blocks()) {
    tables.add(block);
    duration.add(block);
    const { samples } = block;
    const weight = weightColumn(samples, mode);
    for (let row = 0; row < samples.length; row++) {
      const state = samples.state[row]!;
      if ((state & needed) !== needed) continue;
      const thread = samples.thread[row]!;
      const time = (carried[thread] ?? 0) + weight[row]!;
      const microseconds = Math.floor(time / 1000);
      carried[thread] = time - microseconds * 1000;
      const isCollecting = (state & State.collecting) !== 0;
      if (isCollecting) collecting += samples.wall[row]!;
      if (microseconds === 0) continue;
      const head = (heads[thread] ??= threadHead(tables, thread));
      const metric = options.full ? `${microseconds},${(state & State.onCpu) === 0 ? 1 : 0},0` : `${microseconds}`;
      yield `${head}${stackText(stacks, samples.stack[row]!)}${isCollecting && options.showCollections ? ";:GC:" : ""} ${metric}`;
    }
  }
  yield "";
  // Readers take this line for the proof that nothing is missing.
  if (recording.isComplete) yield `# duration: ${Math.round(duration.value / 1000)}`;
  if (options.showCollections) yield `# gc: ${Math.round(collecting / 1000)}`;
}

function stackText(stacks: StackTexts, stack: StackIndex): string {
  const text = stacks.textOf(stack);
  return text === "" ? "" : `;${text}`;
}

function threadHead(tables: Tables, thread: number): string {
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
