import type { ByteCount } from "../../base/units.ts";

/** The numbers of docs/recording-format.md, version 2. Change them there too, with a line in its changelog. */

/** A byte that is not ASCII, the name, and both line ends: a transfer as text breaks it, and shows. */
export const magic: Uint8Array = Uint8Array.of(0x89, 0x4c, 0x59, 0x4e, 0x0d, 0x0a, 0x1a, 0x0a);
export const endMagic: Uint8Array = new TextEncoder().encode("LYN END\n");
export const currentVersion = 2;
/** magic, version (uint32) */
export const fileHeaderSize: ByteCount = 12;
/** kind, stored length, raw length, CRC-32 of these three and of what is stored (uint32 each) */
export const recordHeaderSize: ByteCount = 16;
/** offset of the index record (low, high uint32), endMagic */
export const trailerSize: ByteCount = 16;

/** Kinds of records: four ASCII letters, META, BLKS and INDX, as a little-endian uint32. Readers skip the kinds that they do not know. */
export const RecordKind = { meta: 0x4154454d, blocks: 0x534b4c42, index: 0x58444e49 } as const;

/** Sections of a block. */
export const Section = { rows: 1, strings: 2, functions: 3, frames: 4, stacks: 5, samples: 6, waits: 7 } as const;

/** How the values of a column are written. */
export const Encoding = {
  /** The bytes as they are. */
  raw: 0,
  /** A signed varint per row: the difference to the row before (to 0 for the first). */
  deltas: 1,
  /** The same, but a difference of 0 is followed by a varint: how many more rows have it too. */
  runs: 2,
} as const;

export const StringColumn = { lengths: 1, text: 2 } as const;
export const FunctionColumn = { name: 1, file: 2, firstLine: 3, kind: 4 } as const;
export const FrameColumn = { function: 1, line: 2, endLine: 3, column: 4, endColumn: 5 } as const;
export const StackColumn = { parent: 1, frame: 2 } as const;
export const SampleColumn = { time: 1, thread: 2, stack: 3, wall: 4, cpu: 5, state: 6, known: 7, task: 8, sharedOut: 9 } as const;
export const WaitColumn = { start: 1, end: 2, thread: 3, task: 4, stack: 5, wall: 6, whole: 7, samples: 8, known: 9, what: 10 } as const;

/** What a reader may be asked to hold at once. Writers split blocks so that they stay below. */
export const limits: {
  readonly storedRecord: ByteCount;
  readonly rawRecord: ByteCount;
  readonly sections: number;
  readonly columns: number;
  readonly rowsText: ByteCount;
  readonly samplesPerBlock: number;
  readonly waitsPerBlock: number;
  readonly rows: number;
  readonly tasks: number;
  readonly strings: number;
  readonly stringCharacters: number;
  readonly functions: number;
  readonly frames: number;
  readonly stacks: number;
  readonly totalCharacters: number;
} = {
  storedRecord: 24 * 2 ** 20,
  rawRecord: 16 * 2 ** 20,
  /** Of a block, columns of a section: more than these are left alone. */
  sections: 64,
  columns: 64,
  /** The section `rows` of one block. */
  rowsText: 8 * 2 ** 20,
  samplesPerBlock: 2 ** 18,
  waitsPerBlock: 2 ** 18,
  /** Processes, threads. */
  rows: 2 ** 20,
  /** Between two restarts of the tables. */
  tasks: 2 ** 22,
  strings: 2 ** 22,
  /** Of one string; a writer cuts longer ones. */
  stringCharacters: 2 ** 20,
  functions: 2 ** 22,
  frames: 2 ** 22,
  stacks: 2 ** 24,
  /** Of all strings together, between two restarts of the tables. */
  totalCharacters: 2 ** 28,
};
