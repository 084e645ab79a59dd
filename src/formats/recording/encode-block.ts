import { ByteWriter } from "../../base/bytes.ts";
import { encodeText } from "../../base/text.ts";
import type { Block, SampleColumns } from "../../profile/tables.ts";
import { type Column, encodeDeltas, encodeRuns } from "./columns.ts";
import { Encoding, FrameColumn, FunctionColumn, SampleColumn, Section, StackColumn, StringColumn } from "./file-layout.ts";

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
    to.varint(this.#block.length);
    to.bytes(this.#block.view());
  }

  #rows(block: Block): void {
    const { restartsTables, processes, threads, renames, residents, quality, end } = block;
    const isEmpty = !restartsTables && end === null && processes.length + threads.length + renames.length + residents.length + quality.length === 0;
    if (isEmpty) return;
    this.#section.bytes(
      encodeText(JSON.stringify({ restartsTables, processes, threads, renames, ...(residents.length === 0 ? {} : { residents }), quality, end })),
    );
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
    const { length, time, thread, stack, wall, cpu, state, known } = samples;
    if (length === 0) return;
    this.#section.varint(length);
    encodeDeltas(time, length, this.#column);
    this.#endColumn(SampleColumn.time, Encoding.deltas);
    for (const [id, column] of [
      [SampleColumn.thread, thread],
      [SampleColumn.stack, stack],
      [SampleColumn.wall, wall],
      [SampleColumn.cpu, cpu],
      [SampleColumn.state, state],
      [SampleColumn.known, known],
    ] as const) {
      encodeRuns(column, length, this.#column);
      this.#endColumn(id, Encoding.runs);
    }
    this.#endSection(Section.samples);
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
