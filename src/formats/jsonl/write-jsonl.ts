import { type Tables, TablesBuilder, stringAt } from "../../profile/tables-builder.ts";
import { type Block, NONE, type Recording, type RecordingEnd, State, knownNames } from "../../profile/tables.ts";
import { kindNames } from "../names.ts";
import { joinLines } from "../text-lines.ts";

export const jsonlVersion = 1;
const stateNames = Object.entries(State);

/** A line for each row, in the order in which they came to be known: what a line points to by its id stands before it. */
export function writeJsonl(recording: Recording): Iterable<string> {
  return joinLines(recordingLines(recording));
}

function* recordingLines(recording: Recording): Generator<string> {
  yield JSON.stringify({ type: "meta", format: "lynceus", version: jsonlVersion, ...recording.meta });
  const tables = new TablesBuilder();
  let end: RecordingEnd | null = null;
  for (const block of recording.blocks()) {
    yield* tableLines(block, tables);
    yield* sampleLines(block);
    yield* waitLines(block, tables);
    for (const row of block.residents) yield JSON.stringify({ type: "resident", ...row });
    for (const row of block.quality) yield JSON.stringify({ type: "quality", ...row });
    end = block.end ?? end;
  }
  // Without this line something is missing.
  if (recording.isComplete) yield JSON.stringify({ type: "end", ...(end ?? { duration: null, reason: null }) });
}

/** Adds the block to `tables`, and tells what is new. */
function* tableLines(block: Block, tables: TablesBuilder): Generator<string> {
  const [processes, threads, tasks] = [tables.processes.length, tables.threads.length, tables.tasks.length];
  const [functions, frames, stacks] = [tables.functions.length, tables.frames.length, tables.stacks.length];
  tables.add(block);
  for (const [at, row] of block.processes.entries()) yield JSON.stringify({ type: "process", id: processes + at, ...row });
  for (const [at, row] of block.threads.entries()) yield JSON.stringify({ type: "thread", id: threads + at, ...row });
  for (const row of block.renames) yield JSON.stringify({ type: "rename", ...row });
  for (const [at, row] of block.tasks.entries()) yield JSON.stringify({ type: "task", id: tasks + at, ...row });
  for (const row of block.taskRenames) yield JSON.stringify({ type: "taskRename", ...row });
  for (let id = functions; id < tables.functions.length; id++) {
    const { name, file, firstLine, kind } = tables.functions;
    const names = { name: stringAt(tables, name[id]!), file: stringAt(tables, file[id]!) };
    yield JSON.stringify({ type: "function", id, ...names, firstLine: firstLine[id], kind: kindNames[kind[id]!] ?? kind[id] });
  }
  for (let id = frames; id < tables.frames.length; id++) {
    const { function: of, line, endLine, column, endColumn } = tables.frames;
    yield `{"type":"frame","id":${id},"function":${of[id]!},"line":${line[id]!},"endLine":${endLine[id]!},"column":${column[id]!},"endColumn":${endColumn[id]!}}`;
  }
  for (let id = stacks; id < tables.stacks.length; id++) {
    yield `{"type":"stack","id":${id},"parent":${indexText(tables.stacks.parent[id]!)},"frame":${tables.stacks.frame[id]!}}`;
  }
}

function* sampleLines({ samples }: Block): Generator<string> {
  const states: string[] = [];
  for (let row = 0; row < samples.length; row++) {
    const state = samples.state[row]!;
    const stateText = (states[state] ??= JSON.stringify(stateList(state)));
    const [knownText, task, sharedOut] = [knownTextOf(samples.known[row]!), samples.task[row]!, samples.sharedOut[row]!];
    const ofTask = `${task === NONE ? "" : `,"task":${task}`}${sharedOut === 0 ? "" : `,"sharedOut":${sharedOut}`}`;
    const [time, wall, cpu] = [samples.time[row]!, samples.wall[row]!, samples.cpu[row]!];
    const stack = indexText(samples.stack[row]!);
    yield `{"type":"sample","time":${time},"thread":${samples.thread[row]!},"stack":${stack},"wall":${wall},"cpu":${cpu},"state":${stateText},"known":${knownText}${ofTask}}`;
  }
}

function* waitLines({ waits }: Block, tables: Tables): Generator<string> {
  for (let row = 0; row < waits.length; row++) {
    const places = `"start":${waits.start[row]!},"end":${waits.end[row]!},"thread":${waits.thread[row]!},"task":${waits.task[row]!}`;
    const numbers = `"wall":${waits.wall[row]!},"whole":${waits.whole[row]!},"samples":${waits.samples[row]!},"known":${knownTextOf(waits.known[row]!)}`;
    yield `{"type":"wait",${places},"stack":${indexText(waits.stack[row]!)},${numbers},"what":${JSON.stringify(stringAt(tables, waits.what[row]!))}}`;
  }
}

function knownTextOf(known: number): string {
  return knownNames[known] === undefined ? String(known) : `"${knownNames[known]}"`;
}

function indexText(index: number): string {
  return index === NONE ? "null" : String(index);
}

/** The names of its bits; those that have none yet as a number. */
function stateList(state: number): readonly (string | number)[] {
  const names: (string | number)[] = stateNames.filter(([, bit]) => (state & bit) !== 0).map(([name]) => name);
  const rest = stateNames.reduce((bits, [, bit]) => bits & ~bit, state);
  return rest === 0 ? names : [...names, rest];
}
