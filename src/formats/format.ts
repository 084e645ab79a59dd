import type { ByteSource } from "../base/memory.ts";
import type { DiffBasis } from "../profile/diff.ts";
import type { Mode } from "../profile/sample-filter.ts";
import type { Recording } from "../profile/tables.ts";

/** What a written file shows of a recording. Each format says what of it applies. */
export interface WriteOptions {
  /** Which samples, and what their time is. */
  readonly mode: Mode;
  /** collapsed: what the number at the end of a line counts (samples, or microseconds). */
  readonly weight: "samples" | "time";
  /** austin, collapsed: say where garbage was collected. */
  readonly showCollections: boolean;
  /** austin: all three metrics in each line, with the idle ones among them. */
  readonly full: boolean;
  /** html: the page around the recording. Null: the one that was built with this program. */
  readonly htmlTemplate: string | null;
}

/** One kind of file. What cannot be read or written has null there. */
export interface Format {
  /** As `-F` takes it. */
  readonly name: string;
  /** For lists and errors: "Austin text, version 3". */
  readonly title: string;
  /** With the dot; the first one is the usual. */
  readonly extensions: readonly string[];
  /** Files are gzipped, also without ".gz", but for these extensions. Left out: only those with ".gz" are. */
  readonly plainExtensions?: readonly string[];
  readonly isBinary: boolean;
  /** By the first bytes (up to 4096). */
  readonly detect: (head: Uint8Array) => boolean;
  /** Throws `bad-recording`, also later from `blocks()`. Memory is bounded by the different stacks in it. */
  readonly read: ((source: ByteSource) => Recording) | null;
  /** Pieces of the file, in order, as the recording is gone through; strings are to be written as UTF-8. */
  readonly write: ((recording: Recording, options: WriteOptions) => Iterable<string | Uint8Array>) | null;
  /** The same of two recordings that are compared. Left out: the format knows one recording only. */
  readonly compare?: (before: Recording, after: Recording, options: CompareOptions) => Iterable<string | Uint8Array>;
}

export interface CompareOptions extends WriteOptions {
  /** Null: what suits the recordings. */
  readonly basis: DiffBasis | null;
}

export const defaultWriteOptions: WriteOptions = { mode: "wall", weight: "samples", showCollections: false, full: false, htmlTemplate: null };
