import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount } from "../base/units.ts";
import { readCode } from "./code.ts";
import type { Layout } from "./layout.ts";
import { typeName } from "./objects/types.ts";

const trampoline = "<interpreter trampoline>";
const enough: ByteCount = 64;

/**
 * Whether this is what the interpreter's own frames have for code (`_PyEval_EvalFrameDefault`, Python/ceval.c): in 3.12 a code object that is made for that
 * (`interpreter_trampoline`, Python/pylifecycle.c), later None.
 */
export function isShimCode(memory: MemoryReader, layout: Layout, address: Address): boolean {
  return typeName(memory, layout, address) === "NoneType" || readCode(memory, layout, address, enough)?.name === trampoline;
}
