import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { isSameCode, readCodeFingerprint, type CodeFingerprint } from "../code.ts";
import { findVariable, readVariable, type Variable } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readBytes } from "../objects/bytes.ts";
import { readPointer } from "../objects/piece.ts";
import { readTuple } from "../objects/sequences.ts";
import { readString } from "../objects/strings.ts";

/** Code objects that are remembered, and characters of their names that are read. */
const maxCodes = 1 << 12;
const maxName = 512;
const maxVariables = 1 << 12;
/** `CO_FAST_FREE` (Include/internal/pycore_code.h, 3.11 and later). */
const free = 0x80;

interface KnownCode {
  readonly fingerprint: CodeFingerprint;
  readonly function: string;
  readonly module: string;
  readonly variables: Map<string, Variable | null>;
  /** Of those that it shares with the function that made it, in the order of its closure; null: not looked for yet. */
  shared: readonly string[] | null;
}

/** What a function is called, without its class, and what its file is, as far as one wants to know whose it is: "asyncio/tasks". */
export interface CodeName {
  readonly function: string;
  readonly module: string;
}

/**
 * Names of code objects and of their variables, remembered by address; one small read tells whether it is still the same code object. All of that does not
 * change, so it is looked up in `steady`, not in the memory that tasks are read through.
 */
export class KnownCodes {
  readonly #steady: MemoryReader;
  readonly #layout: Layout;
  readonly #known = new Map<Address, KnownCode>();

  constructor(steady: MemoryReader, layout: Layout) {
    this.#steady = steady;
    this.#layout = layout;
  }

  /** Null: no code object (any more), or not readable. */
  nameOf(code: Address): CodeName | null {
    return this.#find(code);
  }

  /** As `readLocal`. */
  readLocal(memory: MemoryReader, frame: Address, code: Address, name: string): Address | null {
    const known = this.#find(code);
    if (known === null) return null;
    let variable = known.variables.get(name);
    if (variable === undefined) known.variables.set(name, (variable = findVariable(this.#steady, this.#layout, code, name)));
    return variable && readVariable(memory, this.#layout, frame, variable);
  }

  /** Names of the variables that a function shares with the one that made it, in the order of its closure. */
  sharedNames(code: Address): readonly string[] {
    const known = this.#find(code);
    return known === null ? [] : (known.shared ??= this.#readSharedNames(code));
  }

  #readSharedNames(code: Address): readonly string[] {
    const layout = this.#layout;
    const at = layout.code.variables;
    const tuple = readPointer(this.#steady, layout, code + (at.kind === "joined" ? at.names : at.free));
    const names = tuple ? (readTuple(this.#steady, layout, tuple, maxVariables) ?? []) : [];
    const kindsAt = at.kind === "joined" ? readPointer(this.#steady, layout, code + at.kinds) : null;
    const kinds = kindsAt ? readBytes(this.#steady, layout, kindsAt, maxVariables) : null;
    if (at.kind === "joined" && kinds === null) return [];
    return names
      .filter((_, index) => kinds === null || ((kinds[index] ?? 0) & free) !== 0)
      .map((name) => readString(this.#steady, layout, name, maxName) ?? "");
  }

  #find(code: Address): KnownCode | null {
    const layout = this.#layout;
    const memory = this.#steady;
    const fingerprint = readCodeFingerprint(memory, layout, code);
    if (fingerprint === null) return null;
    const known = this.#known.get(code);
    if (known !== undefined && isSameCode(known.fingerprint, fingerprint)) return known;
    const nameAt = readPointer(memory, layout, code + layout.code.name);
    const name = nameAt && readString(memory, layout, nameAt, maxName);
    const file = readString(memory, layout, fingerprint.file, maxName);
    if (name === null || name === 0 || file === null) return null;
    // What was read of a code object that was freed meanwhile may be anything.
    const again = readCodeFingerprint(memory, layout, code);
    if (again === null || !isSameCode(fingerprint, again)) return null;
    const read: KnownCode = { fingerprint, function: name, module: moduleOf(file), variables: new Map<string, Variable | null>(), shared: null };
    if (this.#known.size >= maxCodes) this.#known.clear();
    this.#known.set(code, read);
    return read;
  }
}

/** "/usr/lib/python3.12/asyncio/tasks.py" is "asyncio/tasks". */
function moduleOf(file: string): string {
  const parts = file.replace(/\.pyc?$/, "").split(/[/\\]/);
  return parts.slice(-2).join("/");
}
