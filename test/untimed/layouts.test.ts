import { describe, expect, it } from "vitest";
import type { WordSize } from "../../src/base/units.ts";
import { decodeDebugOffsets } from "../../src/cpython/debug-offsets.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { layoutOf } from "../../src/cpython/layouts/registry.ts";
import { requireI686Interpreters, requireInterpreters, type Interpreter } from "../support/interpreters.ts";
import { i686Flags, includeFolders, runProbe, type Build, type ProbeResult } from "../layout-probe/run-probe.ts";

/** What no header says: chosen by us, or read off the sources of that version. */
const notInHeaders = new Set([
  "freeThreaded",
  "frame.kind",
  "frame.instructionUnit",
  "frame.valueStack.kind",
  "generator.state.kind",
  "generator.awaitedDepth",
  "code.variables.kind",
  "frame.hasEntryShims",
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
  if (probe.debugOffsets === null) return layoutOf(probe.numbers.get("versionHex")!, probe.numbers.get("wordSize") as WordSize)!;
  const decoded = decodeDebugOffsets(probe.debugOffsets);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded.value;
}

describe.each(requireInterpreters())("the layout of $version", (interpreter) => {
  const includes = includeFolders(interpreter);
  const builds: readonly Build[] = interpreter.minor >= 13 ? ["release", "debug", "free-threaded"] : ["release", "debug"];

  it.skipIf(includes === null && !process.env["CI"]).each(builds)("agrees with the interpreter's own headers (%s build)", (build) => {
    if (includes === null) throw new Error("its internal headers are not installed");
    const [ours, theirs] = both(interpreter, runProbe(includes, build));
    expect(ours).toEqual(theirs);
  });
});

/** By dotted path: what our layout says, and what the headers say. */
function both({ minor }: Interpreter, probe: ProbeResult): readonly [ours: object, theirs: object] {
  const layout = flatten(layoutFor(probe)).filter(([path]) => !notInHeaders.has(path) && !knownFromSource[minor]?.includes(path));
  return [Object.fromEntries(layout), Object.fromEntries(probe.numbers)];
}

/** For versions that Debian has no 32-bit build of the headers are a 64-bit one's: what differs is in the configuration, and in the compiler. */
const i686 = requireI686Interpreters();
describe.runIf(i686.length > 0).each(requireInterpreters())("the layout of $version on i686", (wide) => {
  const narrow = i686.find(({ minor }) => minor === wide.minor);
  const includes = includeFolders(narrow ?? wide);

  it.skipIf(includes === null && !process.env["CI"])("agrees with the headers", () => {
    if (includes === null) throw new Error("its internal headers are not installed");
    const configured = narrow ?? i686.findLast(({ minor }) => minor < wide.minor) ?? i686[0]!;
    const [ours, theirs] = both(wide, runProbe(includes, "release", i686Flags(configured)));
    expect(ours).toEqual(theirs);
  });
});
