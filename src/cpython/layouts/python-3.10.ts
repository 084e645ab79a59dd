import type { Layout } from "../layout.ts";
import { python39, python39I686 } from "./python-3.9.ts";

/**
 * CPython 3.10, x86-64: frames lost the value stack's top pointer, count instructions in units of two bytes
 * (Include/cpython/frameobject.h), and have the line table of PEP 626.
 */
export const python310: Layout = {
  ...python39,
  versionHex: 0x030a00f0,
  frame: {
    kind: "heap",
    references: 0,
    back: 24,
    code: 32,
    lastInstruction: 96,
    instructionUnit: 2,
    generator: 88,
    valueStack: { kind: "depth", base: 64, depth: 80 },
    locals: 352,
    headerSize: 100,
  },
  generator: {
    ...python39.generator,
    state: { kind: "in-frame", offset: 108, running: 0, unwinding: 2, created: -2, suspended: -1, awaiting: null, lastAwaiting: null },
  },
  code: { ...python39.code, lineTableKind: "pep626" },
};

export const python310I686: Layout = {
  ...python39I686,
  versionHex: 0x030a00f0,
  interpreter: { ...python39I686.interpreter, modules: 468, gcCollecting: 448 },
  frame: {
    kind: "heap",
    references: 0,
    back: 12,
    code: 16,
    lastInstruction: 52,
    instructionUnit: 2,
    generator: 48,
    valueStack: { kind: "depth", base: 32, depth: 40 },
    locals: 308,
    headerSize: 56,
  },
  generator: { ...python310.generator, frame: 8, state: { ...python310.generator.state, offset: 64 } },
  code: { ...python39I686.code, lineTableKind: "pep626" },
};
