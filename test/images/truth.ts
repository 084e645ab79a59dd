import type { Address, WordSize } from "../../src/base/units.ts";

/** What `target.py` prints about itself. Addresses are `id()`s. */
export interface Truth {
  readonly version: string;
  /** sys.hexversion. */
  readonly hexVersion: number;
  readonly wordSize: WordSize;
  /** Of `_PyRuntime`. */
  readonly runtime: Address;
  readonly threads: readonly ThreadTruth[];
  readonly objects: ObjectsTruth;
}

export interface ThreadTruth {
  readonly ident: number;
  readonly nativeId: number | null;
  /** Null: `threading` has no name for it that is a str. */
  readonly name: string | null;
  /** Newest first. Null: the thread that printed all this; it moved on afterwards. */
  readonly frames: readonly FrameTruth[] | null;
}

/** As `traceback` would show it; 0: not known. Columns count from 1. */
export interface FrameTruth {
  readonly code: Address;
  readonly name: string;
  readonly file: string;
  readonly firstLine: number;
  /** `f_lasti`. */
  readonly offset: number;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
}

export type Members = readonly [Address, readonly Address[] | null];

/** Null: the reader must refuse the object. */
export interface ObjectsTruth {
  readonly strings: readonly (readonly [Address, string | null])[];
  readonly integers: readonly (readonly [Address, number | null])[];
  /** In hex. */
  readonly bytes: readonly (readonly [Address, string | null])[];
  readonly typeNames: readonly (readonly [Address, string])[];
  readonly dicts: readonly (readonly [Address, readonly (readonly [key: Address, value: Address])[] | null])[];
  readonly attributes: readonly (readonly [object: Address, name: string, value: Address | null])[];
  readonly slots: readonly (readonly [object: Address, name: string, value: Address | null])[];
  readonly floats: readonly (readonly [Address, number | null])[];
  readonly lists: readonly Members[];
  readonly tuples: readonly Members[];
  /** In ascending order, as there is no other. */
  readonly sets: readonly Members[];
  readonly weakSets: readonly Members[];
  readonly deques: readonly Members[];
  /** 0: what it referred to is gone. */
  readonly weakReferences: readonly (readonly [Address, Address | null])[];
  /** The outermost frame first. `end`: what is awaited in the end. */
  readonly chains: readonly (readonly [root: Address, state: string, frames: readonly (readonly [code: Address, line: number])[], end: Address])[];
  readonly variables: readonly (readonly [frame: Address, code: Address, name: string, value: Address | null])[];
  /** The size in bytes is 0 before 3.11. */
  readonly codes: readonly (readonly [Address, name: string, file: string, firstLine: number, instructionsSize: number])[];
}
