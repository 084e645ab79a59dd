import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../../../test/golden/example-recording.ts";
import { LynceusError } from "../../base/errors.ts";
import { loadProfile } from "../../profile/profile.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import type { Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { jsonlFormat } from "./jsonl-format.ts";

function written(recording: Recording): string {
  return [...jsonlFormat.write!(recording, defaultWriteOptions)].join("");
}

function read(text: string): Recording {
  return jsonlFormat.read!(bytesSource(Buffer.from(text)));
}

/** Everything in it, with names instead of indices into the table of strings, some of which nobody uses. */
function contentOf(recording: Recording): unknown {
  const { samples, waits, functions, frames, stacks, strings, ...rest } = loadProfile(recording);
  const rows = (table: object & { length: number }): unknown =>
    Object.entries(table)
      .filter(([name]) => name !== "length")
      .map(([name, column]) => [name, [...(column as unknown as Iterable<number>)].slice(0, table.length)]);
  const { name, file, ...numbers } = functions;
  const names = [name, file].map((column) => [...column].slice(0, functions.length).map((index) => strings[index]));
  const residents = [...recording.blocks()].flatMap((block) => block.residents);
  const { what, ...waitNumbers } = waits;
  const whats = [...what].slice(0, waits.length).map((index) => strings[index]);
  return {
    ...rest,
    whats,
    waits: rows({ ...waitNumbers }),
    residents,
    names,
    numbers: rows({ ...numbers }),
    frames: rows(frames),
    stacks: rows(stacks),
    samples: rows(samples),
  };
}

const example = recordingOf([...stableBlocks(exampleBlocks)]);

describe("JSON lines", () => {
  it("keep everything", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.boolean(), (blocks, isComplete) => {
        // The last word on the end is the one that counts.
        const stable = [...stableBlocks(blocks)].map((block) => (isComplete ? block : { ...block, end: null }));
        const recording = recordingOf(stable, isComplete);
        const text = written(recording);
        const back = read(text);
        expect(contentOf(back)).toEqual(contentOf(recording));
        expect([back.meta, back.isComplete]).toEqual([exampleMeta, isComplete]);
        expect(written(back).split("\n").sort()).toEqual(text.split("\n").sort());
        for (const line of text.split("\n").slice(0, -1)) expect(() => JSON.parse(line)).not.toThrow();
      }),
    );
  });

  it("that end early are a recording that is not complete", () => {
    const text = written(example);
    const lines = text.split("\n").slice(0, -2);
    expect(read(text).isComplete).toBe(true);
    for (const cut of [`${lines.join("\n")}\n`, text.slice(0, -1), text.slice(0, -20)]) {
      expect(read(cut).isComplete).toBe(false);
      expect(loadProfile(read(cut)).samples.length).toBe(loadProfile(example).samples.length);
    }
  });

  it("may have lines and members that are not known, and be filtered by sample", () => {
    const lines = written(example).trimEnd().split("\n");
    const kept = lines.filter((line) => !line.startsWith('{"type":"sample"') || line.includes('"thread":1'));
    const text = [...kept.map((line) => line.replace('{"type":', '{ "later": [{}], "type" : ')), '{"type":"note"}']
      .join("\n")
      .replace('{ "later": [{}], "type" : ', '{"type":');
    expect(loadProfile(read(`${text}\n`)).samples.length).toBe(3);
  });

  it.each([
    ["another version", (text: string) => text.replace('"version":1', '"version":2'), /version 2, known is 1/],
    ["another program's", (text: string) => text.replace('"format":"lynceus"', '"v":0'), /another program's/],
    ["an id out of order", (text: string) => text.replace('"stack","id":3', '"stack","id":4'), /stack 4 stands where 3 should/],
    ["a thread that is not there", (text: string) => text.replace(/("time":3000400,"thread":)0/, "$15"), /line \d+: there is no right "thread"/],
    ["a parent that comes later", (text: string) => text.replace('"parent":0', '"parent":900'), /no right "parent"/],
    ["half a nanosecond", (text: string) => text.replace('"cpu":990000', '"cpu":0.5'), /no right "cpu"/],
    ["another word", (text: string) => text.replace('"known":"verified"', '"known":"guessed"'), /no right "known"/],
    ["no JSON", (text: string) => text.replace('{"type":"frame"', '{"type":'), /line \d+: /],
  ])("refuses %s", (_, damage, message) => {
    const text = written(example);
    expect(damage(text)).not.toBe(text);
    const readAll = (): unknown => [...read(damage(text)).blocks()];
    expect(readAll).toThrow(LynceusError);
    expect(readAll).toThrow(message);
  });
});
