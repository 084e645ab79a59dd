import { emptyBlock } from "../../profile/empty-block.ts";
import type { Block, FrameColumns, FunctionColumns, ProcessRow, SampleColumns, StackColumns, WaitColumns } from "../../profile/tables.ts";
import { limits } from "./file-layout.ts";

/** Rows of functions, frames, stacks, samples and waits per block: at most 10 columns of 8 bytes each stay well below `limits.rawRecord`. */
const rowsPerPart = 2 ** 17;
const charactersPerPart = 2 ** 20;

/** Cuts a block that is too large for one record into several that say the same; others come back as they are. */
export function* splitBlock(block: Block): Generator<Block> {
  if (isSmall(block)) {
    yield block;
    return;
  }
  // In this order every row stands after those it points to; a restart comes first, the end last.
  if (block.restartsTables) yield { ...emptyBlock, restartsTables: true };
  const strings = block.strings.map((text) => text.slice(0, limits.stringCharacters));
  for (const processes of parts(block.processes.map(cutCommandLine), (row) => 500 + characterCount(row.commandLine))) yield { ...emptyBlock, processes };
  for (const threads of parts(block.threads, (row) => 500 + row.name.length)) yield { ...emptyBlock, threads };
  for (const renames of parts(block.renames, (row) => 500 + row.name.length)) yield { ...emptyBlock, renames };
  for (const tasks of parts(block.tasks, (row) => 500 + row.name.length + row.coroutine.length)) yield { ...emptyBlock, tasks };
  for (const taskRenames of parts(block.taskRenames, (row) => 500 + row.name.length)) yield { ...emptyBlock, taskRenames };
  for (const part of parts(strings, (text) => 8 + text.length)) yield { ...emptyBlock, strings: part };
  for (const functions of slices<FunctionColumns>(block.functions)) yield { ...emptyBlock, functions };
  for (const frames of slices<FrameColumns>(block.frames)) yield { ...emptyBlock, frames };
  for (const stacks of slices<StackColumns>(block.stacks)) yield { ...emptyBlock, stacks };
  for (const samples of slices<SampleColumns>(block.samples)) yield { ...emptyBlock, samples };
  for (const waits of slices<WaitColumns>(block.waits)) yield { ...emptyBlock, waits };
  for (const residents of parts(block.residents, () => 100)) yield { ...emptyBlock, residents };
  for (const quality of parts(block.quality, () => 500)) yield { ...emptyBlock, quality };
  if (block.end !== null) yield { ...emptyBlock, end: block.end };
}

function isSmall(block: Block): boolean {
  const rows = block.functions.length + block.frames.length + block.stacks.length + block.samples.length + block.waits.length + block.strings.length;
  const lists = [block.processes, block.threads, block.renames, block.tasks, block.taskRenames, block.quality];
  let characters = 500 * lists.reduce((sum, { length }) => sum + length, 0) + 100 * block.residents.length;
  for (const text of block.strings) characters += text.length;
  for (const { name } of block.threads) characters += name.length;
  for (const { name } of block.renames) characters += name.length;
  for (const { name, coroutine } of block.tasks) characters += name.length + coroutine.length;
  for (const { name } of block.taskRenames) characters += name.length;
  for (const { commandLine } of block.processes) characters += characterCount(commandLine);
  return rows <= rowsPerPart && characters <= charactersPerPart;
}

function characterCount(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 8, 0);
}

function cutCommandLine(row: ProcessRow): ProcessRow {
  if (characterCount(row.commandLine) <= charactersPerPart) return row;
  return { ...row, commandLine: [row.commandLine.join(" ").slice(0, charactersPerPart)] };
}

function* parts<T>(rows: readonly T[], cost: (row: T) => number): Generator<readonly T[]> {
  let start = 0;
  let sum = 0;
  for (const [index, row] of rows.entries()) {
    const next = cost(row);
    if (index > start && sum + next > charactersPerPart) {
      yield rows.slice(start, index);
      start = index;
      sum = 0;
    }
    sum += next;
  }
  if (start < rows.length) yield rows.slice(start);
}

function* slices<T extends { length: number }>(table: T): Generator<T> {
  for (let start = 0; start < table.length; start += rowsPerPart) {
    const end = Math.min(start + rowsPerPart, table.length);
    const columns = Object.entries<number | number[] | Float64Array>(table as never).map(([name, column]) => [
      name,
      typeof column === "number" ? end - start : column.slice(start, end),
    ]);
    yield Object.fromEntries(columns) as T;
  }
}
