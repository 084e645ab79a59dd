import type { Layout } from "../layout.ts";
import { python310, python310I686 } from "./python-3.10.ts";

/**
 * CPython 3.11, x86-64: frames live in data-stack chunks (Include/internal/pycore_frame.h), behind a `_PyCFrame` on the
 * C stack (Include/cpython/pystate.h); code objects hold their instructions (Include/cpython/code.h).
 */
export const python311: Layout = {
  versionHex: 0x030b00f0,
  wordSize: 8,
  freeThreaded: false,
  runtime: { interpretersHead: 40, interpretersMain: 48, gcCollecting: null },
  interpreter: { next: 0, threadsHead: 16, id: 48, modules: 888, gcCollecting: 848 },
  thread: {
    previous: 0,
    next: 8,
    interpreter: 16,
    threadId: 152,
    nativeThreadId: 160,
    frame: 56,
    cframeCurrentFrame: 8,
    dataStackChunk: 296,
    dict: 128,
  },
  gil: { ...python310.gil, where: { kind: "in-runtime", offset: 360 } },
  frame: {
    kind: "stack",
    previous: 48,
    code: 32,
    codeTagMask: 0,
    instruction: 56,
    owner: 69,
    // Shims came with 3.12; no frame of 3.11 has this owner.
    firstShimOwner: 3,
    hasEntryShims: false,
    generatorOwner: 1,
    headerSize: 72,
    threadLocalBytecodeIndex: null,
    chunk: { previous: 0, size: 8, top: 16, data: 24 },
  },
  code: {
    fileName: 112,
    name: 120,
    qualifiedName: 128,
    firstLine: 72,
    lineTable: 136,
    lineTableKind: "locations",
    adaptive: 184,
    firstTraceable: 168,
    threadLocalBytecode: null,
    headerSize: 184,
  },
  objects: {
    ...python310.objects,
    typeCachedKeys: 872,
    dictKeys: { sizes: { kind: "log2", logSize: 8, logIndexBytes: 9 }, keysKind: 10, entryCount: 24, indices: 32 },
    managedDict: { kind: "values-or-dict-3.11", values: -32, dict: -24 },
  },
};

/** On i686. Digits have 30 bits everywhere from here on. */
export const python311I686: Layout = {
  ...python311,
  wordSize: 4,
  runtime: { interpretersHead: 28, interpretersMain: 32, gcCollecting: null },
  interpreter: { next: 0, threadsHead: 12, id: 28, modules: 492, gcCollecting: 472 },
  thread: {
    previous: 0,
    next: 4,
    interpreter: 8,
    threadId: 88,
    nativeThreadId: 92,
    frame: 40,
    cframeCurrentFrame: 4,
    dataStackChunk: 172,
    dict: 76,
  },
  gil: { ...python310I686.gil, where: { kind: "in-runtime", offset: 192 } },
  frame: {
    kind: "stack",
    previous: 24,
    code: 16,
    codeTagMask: 0,
    instruction: 28,
    owner: 37,
    firstShimOwner: 3,
    hasEntryShims: false,
    generatorOwner: 1,
    headerSize: 40,
    threadLocalBytecodeIndex: null,
    chunk: { previous: 0, size: 4, top: 8, data: 12 },
  },
  code: {
    ...python311.code,
    fileName: 80,
    name: 84,
    qualifiedName: 88,
    firstLine: 48,
    lineTable: 92,
    adaptive: 116,
    firstTraceable: 108,
    headerSize: 116,
  },
  objects: {
    ...python310I686.objects,
    typeCachedKeys: 436,
    long: { size: 8, digits: 12, digitBits: 30, kind: "ob_size" },
    dictKeys: { sizes: { kind: "log2", logSize: 4, logIndexBytes: 5 }, keysKind: 6, entryCount: 16, indices: 20 },
    managedDict: { kind: "values-or-dict-3.11", values: -16, dict: -12 },
  },
};
