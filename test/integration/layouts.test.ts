import { describe, expect, it } from "vitest";
import { decodeDebugOffsets } from "../../src/cpython/debug-offsets.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { layoutOf } from "../../src/cpython/layouts/registry.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { includeFolders, runProbe, type Build, type ProbeResult } from "../layout-probe/run-probe.ts";

/** What no header says: chosen by us, or read off the sources of that version. */
const notInHeaders = new Set([
  "freeThreaded",
  "frame.kind",
  "frame.instructionUnit",
  "code.lineTableKind",
  "gil.where.kind",
  "gil.enabled",
  "objects.long.kind",
  "objects.dictKeys.sizes.kind",
  "objects.managedDict.kind",
]);
/** Where the values of 3.11 and 3.12 lie before an object (Include/internal/pycore_object.h) and what has no meaning there. */
const knownFromSource: Readonly<Record<number, readonly string[]>> = {
  11: ["objects.managedDict.values", "objects.managedDict.dict", "frame.firstShimOwner", "frame.codeTagMask"],
  12: ["objects.managedDict.offset", "frame.codeTagMask"],
  13: ["frame.codeTagMask"],
};

/** Every number of a layout by its dotted path. */
function flatten(value: object, prefix = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    inner === null ? [] : typeof inner === "object" ? flatten(inner, `${prefix}${key}.`) : [[prefix + key, inner] as [string, unknown]],
  );
}

function layoutFor(probe: ProbeResult): Layout {
  if (probe.debugOffsets === null) return layoutOf(probe.numbers.get("versionHex")!)!;
  const decoded = decodeDebugOffsets(probe.debugOffsets);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded.value;
}

describe.each(requireInterpreters())("the layout of $version", (interpreter) => {
  const includes = includeFolders(interpreter);
  const builds: readonly Build[] = interpreter.minor >= 13 ? ["release", "debug", "free-threaded"] : ["release", "debug"];

  it.skipIf(includes === null && !process.env["CI"]).each(builds)("agrees with the interpreter's own headers (%s build)", (build) => {
    if (includes === null) throw new Error("its internal headers are not installed");
    const probe = runProbe(includes, build);
    const layout = flatten(layoutFor(probe)).filter(([path]) => !notInHeaders.has(path) && !knownFromSource[interpreter.minor]?.includes(path));
    expect(Object.fromEntries(layout)).toEqual(Object.fromEntries(probe.numbers));
  });
});
