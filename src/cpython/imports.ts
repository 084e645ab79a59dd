import type { MemoryReader } from "../base/memory.ts";
import type { Address } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import { readPointer } from "./objects/piece.ts";

/**
 * How many modules an interpreter has imported, those that are just being imported among them: the entries of `sys.modules`. Two small reads, so
 * that one can ask often whether there may be a new one. Null: not readable.
 */
export function countModules(memory: MemoryReader, layout: Layout, interpreter: Address): number | null {
  const modules = readPointer(memory, layout, interpreter + layout.interpreter.modules);
  return modules && readPointer(memory, layout, modules + layout.objects.dict.used);
}
