import { describe, expect, it } from "vitest";
import { LynceusError } from "../base/errors.ts";
import type { ByteSource } from "../base/memory.ts";
import { openRecording } from "./open-recording.ts";

/** A file of any length that is nowhere in memory: `head`, `part` over and over, `tail`. */
function endless(head: string, part: string, times: number, tail: string): ByteSource {
  const [first, middle, last] = [head, part, tail].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  const block = Buffer.alloc(Math.ceil(2 ** 20 / middle.length) * middle.length, middle);
  const end = first.length + middle.length * times;
  return {
    size: end + last.length,
    read(offset, length) {
      if (offset < first.length) return first.subarray(offset, offset + length);
      if (offset >= end) return last.subarray(offset - end, offset - end + length);
      const from = (offset - first.length) % middle.length;
      return block.subarray(from, from + Math.min(length, end - offset));
    },
  };
}

function outcome(source: ByteSource): string {
  try {
    let samples = 0;
    for (const block of openRecording(source).blocks()) samples += block.samples.length;
    return `${samples} samples`;
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    return error.message;
  }
}

const speedscope = '{"$schema":"https://www.speedscope.app/file-format-schema.json"';
const gecko =
  '{"meta":{"preprocessedProfileVersion":61,"startTime":0},"shared":{"stringArray":["a"],"funcTable":{"name":[0]},"frameTable":{"func":[0]},"stackTable":';
const many = 3e5;

/** Nothing of these takes more memory than what is different in it, nor more time than its bytes do. */
describe("JSON that is made to hurt", () => {
  it.each([
    ["nested without end", endless(`${speedscope},"profiles":`, "[", 1e7, ""), /missing|ends inside/],
    ["a text without end", endless(`${speedscope},"exporter":"`, "x", 1e8, ""), /longer than/],
    ["a key without end", endless(`${speedscope},"`, "k", 1e8, ""), /longer than/],
    [
      "a list of frame numbers without end",
      endless(`${speedscope},"shared":{"frames":[{"name":"a"}]},"profiles":[{"weights":[1],"samples":[[0`, ",0", 1e7, ""),
      /ends inside/,
    ],
    [
      "one stack of many frames",
      endless(`${speedscope},"shared":{"frames":[{"name":"a"}]},"profiles":[{"weights":[1],"samples":[[0`, ",0", 1e7, "]]}]}"),
      /longer than/,
    ],
    ["many empty samples", endless(`${speedscope},"profiles":[{"weights":[1],"samples":[[]`, ",[]", many, "]}]}"), /more samples than weights/],
    ["many profiles", endless(`${speedscope},"profiles":[{}`, ",{}", many, "]}"), /more than \d+ profiles/],
    ["many threads", endless(`${gecko}{"frame":[0]}},"threads":[{}`, ",{}", many, "]}"), /more than \d+ threads/],
    ["a stack on what comes later", endless(`${gecko}{"prefix":[5],"frame":[0`, ",0", 1000, ']}},"threads":[{"samples":{"stack":[0]}}]}'), /no stack 5/],
    ["events that open and never close", endless('[{"ph":"B","ts":0,"name":"a"}', ',{"ph":"B","ts":0,"name":"a"}', 100_000, "]"), /^0 samples$/],
    ["a number without end", endless('[{"ph":"B","ts":1', "0", 1e7, "}]"), /a number is missing/],
    ["a line without end", endless('{"type":"meta",', " ", 1e8, ""), /longer than/],
  ])("%s", { timeout: 60_000 }, (_, source, expected) => {
    const before = process.memoryUsage().rss;
    expect(outcome(source)).toMatch(expected);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(400);
  });
});
