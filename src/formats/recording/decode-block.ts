import { ByteReader } from "../../base/bytes.ts";
import { LynceusError } from "../../base/errors.ts";
import { decodeText } from "../../base/text.ts";
import { noFrames, noFunctions, noSamples, noStacks, noWaits } from "../../profile/empty-block.ts";
import { newSampleColumns, newWaitColumns } from "../../profile/sample-columns.ts";
import {
  type Block,
  type FrameColumns,
  type FunctionColumns,
  FunctionKind,
  NONE,
  type SampleColumns,
  type StackColumns,
  type WaitColumns,
  knownNames,
} from "../../profile/tables.ts";
import { type Range, type WritableColumn, decodeDeltas, decodeRuns } from "./columns.ts";
import { type Rows, decodeRows, noRows } from "./decode-rows.ts";
import { Encoding, FrameColumn, FunctionColumn, SampleColumn, Section, StackColumn, StringColumn, WaitColumn, limits } from "./file-layout.ts";

const wholeNumber: Range = { least: 0, most: Number.MAX_SAFE_INTEGER };
const lineNumber: Range = { least: 0, most: 2 ** 31 - 1 };

/** A column as it is in the file, not decoded yet. */
interface StoredColumn {
  readonly encoding: number;
  readonly bytes: Uint8Array;
}

const noLengths = { processes: 0, threads: 0, tasks: 0, strings: 0, functions: 0, frames: 0, stacks: 0, characters: 0 };
type Lengths = Record<keyof typeof noLengths, number>;

/**
 * Reads the blocks of one recording in order. It knows how long each table has become, so every index that it lets
 * through points to a row, a stack's parent is smaller than the stack, and no table outgrows `limits`. What does not
 * fit throws `bad-recording`.
 */
export class BlockDecoder {
  #lengths: Lengths = { ...noLengths };

  /** `raw`: one inflated record of kind `blocks`. */
  *decode(raw: Uint8Array): Generator<Block> {
    const reader = new ByteReader(raw);
    while (reader.remaining > 0) yield this.#block(new ByteReader(reader.bytes(reader.varint())));
  }

  #block(reader: ByteReader): Block {
    const sections = new Map<number, Uint8Array>();
    while (reader.remaining > 0 && sections.size < limits.sections) sections.set(reader.varint(), reader.bytes(reader.varint()));
    const rows = this.#rows(sections.get(Section.rows));
    return {
      ...rows,
      strings: this.#strings(sections.get(Section.strings)),
      functions: this.#functions(sections.get(Section.functions)),
      frames: this.#frames(sections.get(Section.frames)),
      stacks: this.#stacks(sections.get(Section.stacks)),
      samples: this.#samples(sections.get(Section.samples)),
      waits: this.#waits(sections.get(Section.waits)),
    };
  }

  #rows(bytes: Uint8Array | undefined): Rows {
    if (bytes === undefined) return noRows;
    if (bytes.length > limits.rowsText) throw new LynceusError("bad-recording", `the rows of a block take ${bytes.length} bytes`);
    const rows = decodeRows(text(bytes));
    if (rows.restartsTables) this.#lengths = { ...noLengths };
    this.#grow("processes", rows.processes.length, limits.rows);
    this.#grow("threads", rows.threads.length, limits.rows);
    for (const { process } of rows.threads) checkIndex(process, this.#lengths.processes);
    for (const { process } of rows.residents) checkIndex(process, this.#lengths.processes);
    for (const { thread } of rows.renames) checkIndex(thread, this.#lengths.threads);
    this.#grow("tasks", rows.tasks.length, limits.tasks);
    for (const { thread } of rows.tasks) checkIndex(thread, this.#lengths.threads);
    for (const { task } of rows.taskRenames) checkIndex(task, this.#lengths.tasks);
    return rows;
  }

  #strings(bytes: Uint8Array | undefined): readonly string[] {
    if (bytes === undefined) return [];
    const { length, columns } = readTable(bytes, limits.strings);
    const lengths = new Int32Array(length);
    decodeColumn(columns.get(StringColumn.lengths), lengths, { least: 0, most: limits.rawRecord });
    const characters = new ByteReader(columns.get(StringColumn.text)?.bytes ?? new Uint8Array(0));
    this.#grow("strings", length, limits.strings);
    this.#grow("characters", characters.remaining, limits.totalCharacters);
    return Array.from(lengths, (count) => text(characters.bytes(count)));
  }

  #functions(bytes: Uint8Array | undefined): FunctionColumns {
    if (bytes === undefined) return noFunctions;
    const { length, columns } = readTable(bytes, limits.functions);
    const table = { length, name: new Int32Array(length), file: new Int32Array(length), firstLine: new Int32Array(length), kind: new Uint8Array(length) };
    const string: Range = { least: 0, most: this.#lengths.strings - 1 };
    decodeColumn(columns.get(FunctionColumn.name), table.name, string);
    decodeColumn(columns.get(FunctionColumn.file), table.file, string);
    decodeColumn(columns.get(FunctionColumn.firstLine), table.firstLine, lineNumber);
    decodeColumn(columns.get(FunctionColumn.kind), table.kind, { least: 0, most: FunctionKind.marker });
    this.#grow("functions", length, limits.functions);
    return table;
  }

  #frames(bytes: Uint8Array | undefined): FrameColumns {
    if (bytes === undefined) return noFrames;
    const { length, columns } = readTable(bytes, limits.frames);
    const [ofFunction, line, endLine, column, endColumn] = [1, 2, 3, 4, 5].map(() => new Int32Array(length)) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    decodeColumn(columns.get(FrameColumn.function), ofFunction, { least: 0, most: this.#lengths.functions - 1 });
    decodeColumn(columns.get(FrameColumn.line), line, lineNumber);
    decodeColumn(columns.get(FrameColumn.endLine), endLine, lineNumber);
    decodeColumn(columns.get(FrameColumn.column), column, lineNumber);
    decodeColumn(columns.get(FrameColumn.endColumn), endColumn, lineNumber);
    this.#grow("frames", length, limits.frames);
    return { length, function: ofFunction, line, endLine, column, endColumn };
  }

  #stacks(bytes: Uint8Array | undefined): StackColumns {
    if (bytes === undefined) return noStacks;
    const { length, columns } = readTable(bytes, limits.stacks);
    const table = { length, parent: new Int32Array(length), frame: new Int32Array(length) };
    const before = this.#lengths.stacks;
    decodeColumn(columns.get(StackColumn.parent), table.parent, { least: NONE, most: before + length - 2 });
    decodeColumn(columns.get(StackColumn.frame), table.frame, { least: 0, most: this.#lengths.frames - 1 });
    for (let row = 0; row < length; row++) {
      if (table.parent[row]! >= before + row) throw new LynceusError("bad-recording", `stack ${before + row} does not come after its parent`);
    }
    this.#grow("stacks", length, limits.stacks);
    return table;
  }

  #samples(bytes: Uint8Array | undefined): SampleColumns {
    if (bytes === undefined) return noSamples;
    const { length, columns } = readTable(bytes, limits.samplesPerBlock);
    const samples = newSampleColumns(length);
    decodeColumn(columns.get(SampleColumn.time), samples.time, wholeNumber);
    decodeColumn(columns.get(SampleColumn.thread), samples.thread, { least: 0, most: this.#lengths.threads - 1 });
    decodeColumn(columns.get(SampleColumn.stack), samples.stack, { least: NONE, most: this.#lengths.stacks - 1 });
    decodeColumn(columns.get(SampleColumn.cpu), samples.cpu, wholeNumber);
    decodeColumn(columns.get(SampleColumn.state), samples.state, { least: 0, most: 0xffff });
    decodeColumn(columns.get(SampleColumn.known), samples.known, { least: 0, most: knownNames.length - 1 });
    decodeColumn(columns.get(SampleColumn.wall), samples.wall, wholeNumber);
    // Version 1 has neither.
    const [task, sharedOut] = [columns.get(SampleColumn.task), columns.get(SampleColumn.sharedOut)];
    if (task !== undefined) decodeColumn(task, samples.task, { least: NONE, most: this.#lengths.tasks - 1 });
    if (sharedOut !== undefined) decodeColumn(sharedOut, samples.sharedOut, wholeNumber);
    return samples;
  }

  #waits(bytes: Uint8Array | undefined): WaitColumns {
    if (bytes === undefined) return noWaits;
    const { length, columns } = readTable(bytes, limits.waitsPerBlock);
    const waits = newWaitColumns(length);
    decodeColumn(columns.get(WaitColumn.task), waits.task, { least: 0, most: this.#lengths.tasks - 1 });
    decodeColumn(columns.get(WaitColumn.start), waits.start, wholeNumber);
    decodeColumn(columns.get(WaitColumn.end), waits.end, wholeNumber);
    decodeColumn(columns.get(WaitColumn.thread), waits.thread, { least: 0, most: this.#lengths.threads - 1 });
    decodeColumn(columns.get(WaitColumn.stack), waits.stack, { least: NONE, most: this.#lengths.stacks - 1 });
    decodeColumn(columns.get(WaitColumn.wall), waits.wall, wholeNumber);
    decodeColumn(columns.get(WaitColumn.whole), waits.whole, wholeNumber);
    decodeColumn(columns.get(WaitColumn.samples), waits.samples, wholeNumber);
    decodeColumn(columns.get(WaitColumn.known), waits.known, { least: 0, most: knownNames.length - 1 });
    decodeColumn(columns.get(WaitColumn.what), waits.what, { least: 0, most: this.#lengths.strings - 1 });
    return waits;
  }

  #grow(table: keyof Lengths, by: number, limit: number): void {
    this.#lengths[table] += by;
    if (this.#lengths[table] > limit) throw new LynceusError("bad-recording", `the recording has too many ${table}`);
  }
}

function readTable(bytes: Uint8Array, limit: number): { length: number; columns: ReadonlyMap<number, StoredColumn> } {
  const reader = new ByteReader(bytes);
  const length = reader.varint();
  // One column at least takes a byte per row, so this also bounds what is allocated before the columns are looked at.
  if (length > limit || length > bytes.length) throw new LynceusError("bad-recording", `a table of ${length} rows in ${bytes.length} bytes`);
  const columns = new Map<number, StoredColumn>();
  while (reader.remaining > 0 && columns.size < limits.columns) {
    const id = reader.varint();
    const encoding = reader.varint();
    columns.set(id, { encoding, bytes: reader.bytes(reader.varint()) });
  }
  return { length, columns };
}

function decodeColumn(column: StoredColumn | undefined, into: WritableColumn, range: Range): void {
  if (column?.encoding === Encoding.deltas) decodeDeltas(new ByteReader(column.bytes), into, range);
  else if (column?.encoding === Encoding.runs) decodeRuns(new ByteReader(column.bytes), into, range);
  else throw new LynceusError("bad-recording", column === undefined ? "a column is missing" : `a column has the unknown encoding ${column.encoding}`);
}

function checkIndex(index: number, length: number): void {
  if (!Number.isInteger(index) || index >= length) throw new LynceusError("bad-recording", `row ${index} of a table of ${length}`);
}

function text(bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded === null) throw new LynceusError("bad-recording", "a text is not UTF-8");
  return decoded;
}
