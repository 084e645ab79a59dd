import type { Layout } from "../layout.ts";
import { python311, python311I686 } from "./python-3.11.ts";

/**
 * CPython 3.12, x86-64: a GIL per interpreter (`ceval.gil`, Include/internal/pycore_ceval_state.h); strings lost the
 * wide-character form (Include/cpython/unicodeobject.h); integers are tagged (Include/cpython/longintrepr.h).
 */
export const python312: Layout = {
  ...python311,
  versionHex: 0x030c00f0,
  interpreter: { next: 0, threadsHead: 72, id: 8, modules: 944, gcCollecting: 312 },
  thread: { ...python311.thread, threadId: 136, nativeThreadId: 144, cframeCurrentFrame: 0, dataStackChunk: 232, dict: 112 },
  gil: { ...python311.gil, where: { kind: "pointer-in-interpreter", offset: 384 } },
  frame: {
    kind: "stack",
    previous: 8,
    code: 0,
    codeTagMask: 0,
    instruction: 56,
    owner: 70,
    firstShimOwner: 3,
    hasEntryShims: true,
    generatorOwner: 1,
    valueStack: { kind: "index", offset: 64 },
    headerSize: 72,
    threadLocalBytecodeIndex: null,
    chunk: { previous: 0, size: 8, top: 16, data: 24 },
  },
  generator: { ...python311.generator, frame: 72, state: { ...python311.generator.state, offset: 67 } },
  code: { ...python311.code, firstLine: 68, adaptive: 192, firstTraceable: 176, headerSize: 192 },
  objects: {
    ...python311.objects,
    typeCachedKeys: 880,
    unicode: { ...python311.objects.unicode, asciiData: 40, compactData: 56 },
    long: { size: 16, digits: 24, digitBits: 30, kind: "lv_tag" },
    managedDict: { kind: "tagged-3.12", offset: -24 },
  },
};

export const python312I686: Layout = {
  ...python311I686,
  versionHex: 0x030c00f0,
  interpreter: { next: 0, threadsHead: 60, id: 4, modules: 532, gcCollecting: 200 },
  thread: { ...python311I686.thread, threadId: 80, nativeThreadId: 84, cframeCurrentFrame: 0, dataStackChunk: 136, dict: 68 },
  gil: { ...python311I686.gil, where: { kind: "pointer-in-interpreter", offset: 240 } },
  frame: {
    kind: "stack",
    previous: 4,
    code: 0,
    codeTagMask: 0,
    instruction: 28,
    owner: 38,
    firstShimOwner: 3,
    hasEntryShims: true,
    generatorOwner: 1,
    valueStack: { kind: "index", offset: 32 },
    headerSize: 40,
    threadLocalBytecodeIndex: null,
    chunk: { previous: 0, size: 4, top: 8, data: 12 },
  },
  generator: { ...python312.generator, frame: 36, state: { ...python312.generator.state, offset: 35 } },
  code: { ...python311I686.code, firstLine: 44, adaptive: 124, firstTraceable: 116, headerSize: 124 },
  objects: {
    ...python311I686.objects,
    typeCachedKeys: 440,
    unicode: { ...python311I686.objects.unicode, asciiData: 20, compactData: 28 },
    long: { size: 8, digits: 12, digitBits: 30, kind: "lv_tag" },
    managedDict: { kind: "tagged-3.12", offset: -12 },
  },
};
