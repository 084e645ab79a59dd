import type { Layout } from "../layout.ts";
import { python38, python38I686 } from "./python-3.8.ts";

/** CPython 3.9, x86-64: the collector moved into the interpreter (Include/internal/pycore_interp.h). */
export const python39: Layout = {
  ...python38,
  versionHex: 0x030900f0,
  runtime: { interpretersHead: 32, interpretersMain: 40, gcCollecting: null },
  interpreter: { next: 0, threadsHead: 8, id: 24, modules: 856, gcCollecting: 816 },
  gil: { ...python38.gil, where: { kind: "in-runtime", offset: 352 } },
};

export const python39I686: Layout = {
  ...python38I686,
  versionHex: 0x030900f0,
  runtime: { interpretersHead: 24, interpretersMain: 28, gcCollecting: null },
  interpreter: { next: 0, threadsHead: 4, id: 12, modules: 472, gcCollecting: 452 },
  gil: { ...python38I686.gil, where: { kind: "in-runtime", offset: 188 } },
};
