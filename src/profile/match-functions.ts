import { type Tables, stringAt } from "./tables-builder.ts";
import { type FunctionIndex, NONE } from "./tables.ts";

/**
 * Which function of `after` each function of `before` is. A program that was changed, moved or run by another Python has
 * the same functions on other lines and in other folders. Sure ways first: the same name, file and first line; the same
 * name and file, in the order of their lines; the same module of a library; the same name in a file of that name. NONE: it is gone.
 */
export function matchFunctions(before: Tables, after: Tables): Int32Array {
  const found = new Int32Array(before.functions.length).fill(NONE);
  const taken = new Uint8Array(after.functions.length);
  for (const keyOf of [exactKey, fileKey, moduleKey, baseKey]) {
    const candidates = group(after, keyOf, (index) => taken[index] === 0);
    for (const [key, ours] of group(before, keyOf, (index) => found[index] === NONE)) {
      const theirs = candidates.get(key) ?? [];
      // Where a guess could go wrong there is none: a name that several files of that name have says nothing.
      if (keyOf === baseKey && (ours.length > 1 || theirs.length > 1)) continue;
      for (let at = 0; at < Math.min(ours.length, theirs.length); at++) {
        found[ours[at]!] = theirs[at]!;
        taken[theirs[at]!] = 1;
      }
    }
  }
  return found;
}

type KeyOf = (tables: Tables, index: FunctionIndex) => string;

const exactKey: KeyOf = (tables, index) => `${fileKey(tables, index)}\0${tables.functions.firstLine[index]!}`;
const fileKey: KeyOf = (tables, index) => keyWith(tables, index, fileOf(tables, index));
const moduleKey: KeyOf = (tables, index) => keyWith(tables, index, moduleOf(fileOf(tables, index)));
const baseKey: KeyOf = (tables, index) => keyWith(tables, index, fileOf(tables, index).replace(/^.*\//s, ""));

function keyWith({ strings, functions }: Tables, index: FunctionIndex, file: string): string {
  return `${strings[functions.name[index]!] ?? ""}\0${file}\0${functions.kind[index]!}`;
}

function fileOf(tables: Tables, index: FunctionIndex): string {
  return stringAt(tables, tables.functions.file[index]!);
}

/** "json/decoder.py" for the standard library's and "requests/api.py" for an installed one, wherever they are. */
function moduleOf(file: string): string {
  return file.replace(/^.*\/(?:site-packages|dist-packages|python3\.\d+t?)\//s, "");
}

/** Functions of the same key, in the order of their lines. */
function group(tables: Tables, keyOf: KeyOf, isWanted: (index: FunctionIndex) => boolean): Map<string, FunctionIndex[]> {
  const groups = new Map<string, FunctionIndex[]>();
  for (let index = 0; index < tables.functions.length; index++) {
    if (!isWanted(index)) continue;
    const key = keyOf(tables, index);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [index]);
    else known.push(index);
  }
  const { firstLine } = tables.functions;
  for (const indices of groups.values()) indices.sort((a, b) => firstLine[a]! - firstLine[b]! || a - b);
  return groups;
}
