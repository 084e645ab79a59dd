import type { MemoryReader } from "../base/memory.ts";
import { findSection, SegmentType } from "../elf/elf-file.ts";
import { findSymbol } from "../elf/symbols.ts";
import { hasPythonName, type LoadedElf } from "./mapped-files.ts";
import { readModuleDict } from "./objects/attributes.ts";
import { findInDict } from "./objects/dicts.ts";
import { readInteger } from "./objects/integers.ts";
import { readPiece, readPointer } from "./objects/piece.ts";
import { readInterpreters } from "./interpreters.ts";
import type { RuntimeLocation } from "./runtime-location.ts";
import { parseVersion } from "./version.ts";
import { readWord } from "./words.ts";

/** How much read-only data of one file is searched, and in what portions. */
const maxSearched = 64 << 20;
/** In a file whose name does not say Python: every other program is gone through to here, and again when it is tried again. */
const maxSearchedUnnamed = 16 << 20;
const pieceSize = 1 << 20;
const longestVersion = 32;

/** `Py_Version` (Include/pylifecycle.h, 3.11 and later) as the process has it. */
export function versionFromSymbol(memory: MemoryReader, { elf, bias }: LoadedElf): number | null {
  const symbol = findSymbol(elf, "Py_Version");
  const view = symbol && readPiece(memory, bias + symbol.address, elf.wordSize);
  return view && readWord(view, 0, elf.wordSize);
}

/** "python3.9", "libpython3.6m.so.1.0", ".../lib/python3.9/...": the version without its micro part. */
export function versionFromPath(path: string): number | null {
  const match = /python-?(\d\.\d{1,2})(?!\d)/.exec(path);
  return match === null ? null : parseVersion(match[1]!);
}

/** Begins with what is rare: looking behind first, at every byte, takes several times as long. */
const versionPattern = /(?:2\.[67]|3\.(?:\d|[12]\d))\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?\+?(?=\0)/g;

/**
 * The string that `Py_GetVersion` starts with (PY_VERSION in Python/getversion.c), among the file's constants. Other
 * libraries linked into the same file have such strings too (SQLite is at 3.4x), so it must be a version that Python has
 * had or may have soon and agree with the file's name where that tells, and the file must look like CPython's otherwise.
 */
export function versionFromConstants(loaded: LoadedElf): number | null {
  // A search for bytes is fast; the expression is tried on interpreters only.
  if (!hasConstant(loaded, "PYTHONHOME")) return null;
  const named = versionFromPath(loaded.file.path);
  let [whole, tail]: (number | null)[] = [null, null];
  for (const bytes of constants(loaded)) {
    const text = bytes.toString("latin1");
    for (const match of text.matchAll(versionPattern)) {
      // A whole string, or the tail of another that it shares its bytes with ("Python 3.7.16", "/opt/python/3.7.16").
      const before = text[match.index - 1] ?? "?";
      const version = "\0 /".includes(before) ? parseVersion(match[0]) : null;
      if (version === null || (named !== null && version >>> 16 !== named >>> 16)) continue;
      if (before === "\0") whole ??= version;
      else tail ??= version;
    }
  }
  return whole ?? tail ?? null;
}

function hasConstant(loaded: LoadedElf, text: string): boolean {
  for (const bytes of constants(loaded)) if (bytes.includes(text)) return true;
  return false;
}

/** Portions of the read-only data, overlapping by the length of a version. */
function* constants({ elf, file }: LoadedElf): Generator<Buffer> {
  const section = findSection(elf, ".rodata");
  const readOnly = elf.segments.filter(({ type, writable }) => type === SegmentType.load && !writable);
  const parts = section !== null ? [section] : readOnly.map(({ offset, fileSize }) => ({ offset, size: fileSize }));
  let budget = hasPythonName(file) ? maxSearched : maxSearchedUnnamed;
  for (const { offset, size } of parts) {
    const end = Math.min(size, budget);
    for (let start = 0; start < end; start += pieceSize - longestVersion) yield Buffer.from(elf.source.read(offset + start, Math.min(pieceSize, end - start)));
    budget -= end;
  }
}

/** `sys.hexversion`, asked of the interpreter through a layout that may be that of a neighbouring version. */
export function versionFromModules(memory: MemoryReader, runtime: RuntimeLocation): number | null {
  const { layout } = runtime;
  for (const interpreter of readInterpreters(memory, runtime) ?? []) {
    const modules = readPointer(memory, layout, interpreter.address + layout.interpreter.modules);
    const sys = modules && findInDict(memory, layout, modules, "sys");
    const names = sys && readModuleDict(memory, layout, sys);
    const hexVersion = names && findInDict(memory, layout, names, "hexversion");
    const version = hexVersion && readInteger(memory, layout, hexVersion);
    if (version) return version;
  }
  return null;
}
