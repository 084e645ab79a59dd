import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount } from "../../base/units.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { type Json, decodeMetaRow, object, parseJson } from "../recording/decode-rows.ts";
import { textLines } from "../text-lines.ts";
import { LineDecoder } from "./line-decoder.ts";
import { jsonlVersion } from "./write-jsonl.ts";

const samplesPerBlock = 8192;
const tailSize: ByteCount = 2 ** 16;

/** What `writeJsonl` writes; lines and members of other kinds are left alone. Complete when its last line says so. Throws `bad-recording`. */
export function readJsonl(source: ByteSource): Recording {
  const [first] = textLines(source, "keep");
  const meta = object(parseJson(first ?? ""));
  if (meta["format"] !== "lynceus") throw new LynceusError("bad-recording", "these JSON lines are another program's");
  if (meta["version"] !== jsonlVersion) {
    throw new LynceusError("bad-recording", `the file has version ${String(meta["version"])}, known is ${jsonlVersion}`, {
      hint: "use the Lynceus that wrote it, or a newer one",
    });
  }
  return { meta: decodeMetaRow(meta), isComplete: endsComplete(source), blocks: () => stableBlocks(readBlocks(source)) };
}

function* readBlocks(source: ByteSource): Generator<Block> {
  const decoder = new LineDecoder();
  let lineNumber = 0;
  for (const line of textLines(source, "drop")) {
    lineNumber++;
    if (line === "") continue;
    try {
      decoder.add(object(parseJson(line)));
    } catch (error) {
      if (!(error instanceof LynceusError)) throw error;
      throw new LynceusError("bad-recording", `line ${lineNumber}: ${error.message}`, { cause: error });
    }
    if (decoder.sampleCount >= samplesPerBlock) yield decoder.take();
  }
  yield decoder.take();
}

function endsComplete(source: ByteSource): boolean {
  const tail = new TextDecoder().decode(source.read(Math.max(0, source.size - tailSize), tailSize));
  const last = tail.trimEnd().split("\n").at(-1) ?? "";
  if (!tail.endsWith("\n") || !last.startsWith("{")) return false;
  try {
    return (JSON.parse(last) as Json)["type"] === "end";
  } catch {
    return false;
  }
}
