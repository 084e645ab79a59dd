import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readBytes } from "../objects/bytes.ts";
import { readPointer } from "../objects/piece.ts";
import { readTuple } from "../objects/sequences.ts";
import { nameMatcher, type NameMatcher } from "../objects/strings.ts";
import { typeName } from "../objects/types.ts";
import { readReference } from "./suspended-frame.ts";

/** Of one function. */
const maxVariables = 1 << 14;
/** `CO_FAST_CELL` and `CO_FAST_FREE` (Include/internal/pycore_code.h, 3.11 and later). */
const cellOrFree = 0xc0;

/** Where the frames of one code object have a variable. */
export interface Variable {
  /** Counted from the first. */
  readonly index: number;
  /** It is in a cell, because an inner or outer function has it too. */
  readonly isInCell: boolean;
}

/**
 * The value of a local, cell or free variable (by ASCII name) of a frame that does not run: of one that runs, old values. Null: there is
 * none of that name, it has no value now, or it is not readable.
 */
export function readLocal(memory: MemoryReader, layout: Layout, frame: Address, code: Address, name: string): Address | null {
  const variable = findVariable(memory, layout, code, name);
  return variable && readVariable(memory, layout, frame, variable);
}

/** Worth remembering by code object: it looks at one name after the other. */
export function findVariable(memory: MemoryReader, layout: Layout, code: Address, name: string | NameMatcher): Variable | null {
  const at = layout.code.variables;
  const matches = typeof name === "string" ? nameMatcher(memory, layout, name) : name;
  const namesAt = (offset: number): Address[] | null => {
    const tuple = readPointer(memory, layout, code + offset);
    return tuple ? readTuple(memory, layout, tuple, maxVariables) : null;
  };
  const names = namesAt(at.names);
  if (!names) return null;
  if (at.kind === "joined") {
    const index = names.findIndex(matches);
    const kindsAt = index < 0 ? null : readPointer(memory, layout, code + at.kinds);
    const kind = kindsAt && readBytes(memory, layout, kindsAt, maxVariables)?.[index];
    return kind ? { index, isInCell: (kind & cellOrFree) !== 0 } : null;
  }
  const cells = [...(namesAt(at.cells) ?? []), ...(namesAt(at.free) ?? [])];
  const cell = cells.findIndex(matches);
  if (cell >= 0) return { index: names.length + cell, isInCell: true };
  const index = names.findIndex(matches);
  return index < 0 ? null : { index, isInCell: false };
}

/** Variables, cells and free variables of a function: its value stack follows them. Null: not readable. */
export function countVariables(memory: MemoryReader, layout: Layout, code: Address): number | null {
  const at = layout.code.variables;
  let count = 0;
  for (const offset of at.kind === "joined" ? [at.names] : [at.names, at.cells, at.free]) {
    const tuple = readPointer(memory, layout, code + offset);
    const names = tuple ? readTuple(memory, layout, tuple, maxVariables) : null;
    if (!names) return null;
    count += names.length;
  }
  return count;
}

export function readVariable(memory: MemoryReader, layout: Layout, frame: Address, { index, isInCell }: Variable): Address | null {
  const { wordSize, objects } = layout;
  const locals = frame + (layout.frame.kind === "heap" ? layout.frame.locals : layout.frame.headerSize);
  const value = readReference(memory, layout, locals + index * wordSize);
  if (!value) return null;
  // 3.11 and later make the cell when the function begins, which it may not have.
  const object = isInCell && typeName(memory, layout, value) === "cell" ? readPointer(memory, layout, value + objects.cell.value) : value;
  return object || null;
}
