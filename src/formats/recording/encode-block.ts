import { ByteWriter } from "../../base/bytes.ts";
import { encodeText } from "../../base/text.ts";
import type { Block, SampleColumns, WaitColumns } from "../../profile/tables.ts";
import { type Column, encodeDeltas, encodeRuns } from "./columns.ts";
import { Encoding, FrameColumn, FunctionColumn, SampleColumn, Section, StackColumn, StringColumn, WaitColumn } from "./file-layout.ts";

/** Writes blocks as docs/recording-format.md says. Keeps its scratch space: one for a writer's whole life. */
export class BlockEncoder {
  readonly #block = new ByteWriter(1 << 16);
  readonly #section = new ByteWriter(1 << 16);
  readonly #column = new ByteWriter(1 << 16);

  /** `block` is within the format's limits: `split-block.ts` sees to that. */
  encode(block: Block, to: ByteWriter): void {
    this.#block.clear();
    this.#rows(block);
    this.#strings(block.strings);
    this.#table(Section.functions, block.functions.length, [
      [FunctionColumn.name, block.functions.name],
      [FunctionColumn.file, block.functions.file],
      [FunctionColumn.firstLine, block.functions.firstLine],
      [FunctionColumn.kind, block.functions.kind],
    ]);
    this.#table(Section.frames, block.frames.length, [
      [FrameColumn.function, block.frames.function],
      [FrameColumn.line, block.frames.line],
      [FrameColumn.endLine, block.frames.endLine],
      [FrameColumn.column, block.frames.column],
      [FrameColumn.endColumn, block.frames.endColumn],
    ]);
    this.#table(Section.stacks, block.stacks.length, [
      [StackColumn.parent, block.stacks.parent],
      [StackColumn.frame, block.stacks.frame],
    ]);
    this.#samples(block.samples);
    this.#waits(block.waits);
    to.varint(this.#block.length);
    to.bytes(this.#block.view());
  }

  #rows(block: Block): void {
    const { restartsTables, processes, threads, renames, tasks, taskRenames, residents, quality, end } = block;
    const lists = { processes, threads, renames, tasks, taskRenames, residents, quality };
    if (!restartsTables && end === null && Object.values(lists).every(({ length }) => length === 0)) return;
    // Most recordings have none of these.
    const optional = Object.fromEntries(Object.entries({ tasks, taskRenames, residents }).filter(([, { length }]) => length > 0));
    this.#section.bytes(encodeText(JSON.stringify({ restartsTables, processes, threads, renames, ...optional, quality, end })));
    this.#endSection(Section.rows);
  }

  #strings(strings: readonly string[]): void {
    if (strings.length === 0) return;
    const texts = strings.map(encodeText);
    this.#section.varint(strings.length);
    const lengths = texts.map((text) => text.length);
    encodeDeltas(lengths, lengths.length, this.#column);
    this.#endColumn(StringColumn.lengths, Encoding.deltas);
    for (const text of texts) this.#column.bytes(text);
    this.#endColumn(StringColumn.text, Encoding.raw);
    this.#endSection(Section.strings);
  }

  #table(section: number, length: number, columns: readonly (readonly [number, Column])[]): void {
    if (length === 0) return;
    this.#section.varint(length);
    for (const [id, column] of columns) {
      encodeDeltas(column, length, this.#column);
      this.#endColumn(id, Encoding.deltas);
    }
    this.#endSection(section);
  }

  #samples(samples: SampleColumns): void {
    const { time, thread, stack, wall, cpu, state, known, task, sharedOut } = samples;
    this.#runs(
      Section.samples,
      samples.length,
      [SampleColumn.time, time],
      [
        [SampleColumn.thread, thread],
        [SampleColumn.stack, stack],
        [SampleColumn.wall, wall],
        [SampleColumn.cpu, cpu],
        [SampleColumn.state, state],
        [SampleColumn.known, known],
        [SampleColumn.task, task],
        [SampleColumn.sharedOut, sharedOut],
      ],
    );
  }

  #waits(waits: WaitColumns): void {
    const { start, end, thread, task, stack, wall, whole, samples, known, what } = waits;
    this.#runs(
      Section.waits,
      waits.length,
      [WaitColumn.task, task],
      [
        [WaitColumn.start, start],
        [WaitColumn.end, end],
        [WaitColumn.thread, thread],
        [WaitColumn.stack, stack],
        [WaitColumn.wall, wall],
        [WaitColumn.whole, whole],
        [WaitColumn.samples, samples],
        [WaitColumn.known, known],
        [WaitColumn.what, what],
      ],
    );
  }

  /** A table most of whose columns repeat a value many times. `first` does not: it has a byte for each row, and so bounds what readers must hold. */
  #runs(section: number, length: number, first: readonly [number, Column], columns: readonly (readonly [number, Column])[]): void {
    if (length === 0) return;
    this.#section.varint(length);
    encodeDeltas(first[1], length, this.#column);
    this.#endColumn(first[0], Encoding.deltas);
    for (const [id, column] of columns) {
      encodeRuns(column, length, this.#column);
      this.#endColumn(id, Encoding.runs);
    }
    this.#endSection(section);
  }

  #endColumn(id: number, encoding: number): void {
    this.#section.varint(id);
    this.#section.varint(encoding);
    this.#section.varint(this.#column.length);
    this.#section.bytes(this.#column.view());
    this.#column.clear();
  }

  #endSection(id: number): void {
    this.#block.varint(id);
    this.#block.varint(this.#section.length);
    this.#block.bytes(this.#section.view());
    this.#section.clear();
  }
}
