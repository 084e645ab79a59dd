import type { MemoryReader } from "../../src/base/memory.ts";
import { debugOffsetsSize, decodeDebugOffsets } from "../../src/cpython/debug-offsets.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { layoutOf } from "../../src/cpython/layouts/registry.ts";
import { bytesOf, readPiece } from "../../src/cpython/objects/piece.ts";
import type { RuntimeLocation } from "../../src/cpython/runtime-location.ts";
import type { Truth } from "./truth.ts";

/** The runtime where the truth says it is, with the layout that Lynceus has for that version or reads from it. */
export function runtimeOf(memory: MemoryReader, truth: Pick<Truth, "runtime" | "hexVersion" | "wordSize" | "version">): RuntimeLocation {
  const layout = layoutOf(truth.hexVersion, truth.wordSize) ?? readLayout(memory, truth);
  return { address: truth.runtime, layout, version: truth.version, path: "" };
}

function readLayout(memory: MemoryReader, truth: Pick<Truth, "runtime" | "version">): Layout {
  const view = readPiece(memory, truth.runtime, debugOffsetsSize);
  const result = view && decodeDebugOffsets(bytesOf(view));
  if (!result?.ok) throw new Error(`no layout for ${truth.version}: ${JSON.stringify(result)}`);
  return result.value;
}
