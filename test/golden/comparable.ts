import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import { type Block, type Recording } from "../../src/profile/tables.ts";
import { recordingOf } from "./example-recording.ts";
import { withModestTimes } from "./totals.ts";

/** What messages of Protocol Buffers can hold of a recording: whole text, small times, names for functions, a CPU time for every sample. */
export function asMessagesHold(blocks: readonly Block[]): Recording {
  const plain = withModestTimes(blocks, 2 ** 30).map((block) => ({
    ...block,
    strings: block.strings.map((text) => wellFormed(text) || "x"),
    threads: block.threads.map((thread) => ({ ...thread, name: wellFormed(thread.name) })),
    renames: block.renames.map((rename) => ({ ...rename, name: wellFormed(rename.name) })),
    samples: { ...block.samples, cpu: block.samples.cpu.map((time) => time + 1), sharedOut: block.samples.sharedOut.map(() => 0) },
    // Each as many samples of its thread as samples of its own: one.
    waits: { ...block.waits, samples: block.waits.samples.map(() => 1), whole: block.waits.wall },
  }));
  return recordingOf([...stableBlocks(plain)]);
}

/** Without lone surrogates. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "\ufffd");
}

/** Lines of `totalsOf` without the interpreter and the kinds of functions, which pprof and OTLP have no word for; equal ones put together. */
export function comparable(lines: readonly string[]): Readonly<Record<string, readonly number[]>> {
  const sums: Record<string, readonly number[]> = {};
  for (const line of lines) {
    const [, text = "", samples, time] = /^(.*) (\d+) (\d+)$/s.exec(line) ?? [];
    const key = text.replace(/,\d\]/g, "]").replace(/^(\[\d+,\d+),\d+/, "$1");
    const [before = 0, timeBefore = 0] = sums[key] ?? [];
    sums[key] = [before + Number(samples), timeBefore + Number(time)];
  }
  return sums;
}
