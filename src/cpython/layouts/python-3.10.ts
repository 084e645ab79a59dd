import type { Layout } from "../layout.ts";
import { python39 } from "./python-3.9.ts";

/**
 * CPython 3.10, x86-64: frames lost the value stack's top pointer, count instructions in units of two bytes
 * (Include/cpython/frameobject.h), and have the line table of PEP 626.
 */
export const python310: Layout = {
  ...python39,
  versionHex: 0x030a00f0,
  frame: { kind: "heap", back: 24, code: 32, lastInstruction: 96, instructionUnit: 2, headerSize: 100 },
  code: { ...python39.code, lineTableKind: "pep626" },
};
