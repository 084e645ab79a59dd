import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { writeAustin } from "../../src/formats/austin/write-austin.ts";
import { writeMojo } from "../../src/formats/mojo/write-mojo.ts";
import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import type { Recording } from "../../src/profile/tables.ts";
import { arbitraryBlocks } from "../golden/arbitrary-blocks.ts";
import { exampleBlocks, recordingOf } from "../golden/example-recording.ts";
import { temporaryFolder } from "../support/lynceus.ts";
import { pythonPackage } from "../support/python-packages.ts";

const script = fileURLToPath(new URL("../golden/read_mojo.py", import.meta.url));
const options = { ...defaultWriteOptions, full: true, showCollections: true };

type Frame = readonly [file: string, name: string, line: number, endLine: number, column: number, endColumn: number];
type Sample = readonly [
  pid: number,
  interpreter: number,
  thread: string,
  frames: readonly Frame[],
  time: number,
  memory: number,
  isIdle: boolean,
  isCollecting: boolean,
];

describe("austin-python", () => {
  const bin = pythonPackage("austin-python", "austin-python==2.2.0", "nobody else has read our MOJO");

  function readByThem(recording: Recording): { readonly metadata: Record<string, string>; readonly samples: readonly Sample[] } {
    using folder = temporaryFolder();
    const file = folder.file("any.mojo");
    writeFileSync(file, Buffer.concat([...writeMojo(recording, options)].map((piece) => Buffer.from(piece as Uint8Array))));
    const [first = "", ...rest] = execFileSync(join(bin!, "python"), [script, file], { encoding: "utf8", maxBuffer: 2 ** 26 })
      .trim()
      .split("\n");
    return { metadata: JSON.parse(first), samples: rest.map((line) => JSON.parse(line)) };
  }

  it("understands what we write", { timeout: 180_000 }, (context) => {
    if (bin === null) return context.skip();
    const { metadata, samples } = readByThem(recordingOf([...stableBlocks(exampleBlocks)]));
    expect(metadata).toEqual({ austin: "3.7.0", interval: "1000", mode: "full", sampler: "lynceus", duration: "7250", gc: "1000" });
    const main: Frame = ["/app/app.py", "main", 5, 5, 3, 9];
    const work: Frame = ["/app/app.py", "work", 12, 12, 5, 20];
    expect(samples.slice(0, 4)).toEqual([
      [1234, 0, "MainThread", [main, work], 1000, 0, false, false],
      [1234, 0, "4d8", [], 500, 0, true, false],
      [1234, 0, "MainThread", [main, work, ["/app/app.py", "work", 14, 15, 5, 7]], 1000, 0, false, false],
      [1234, 0, "4d8", [], 1000, 0, true, false],
    ]);
    expect(samples[4]!.at(-1)).toBe(true);
    expect(samples.map(([, , thread]) => thread)).toContain("wörker");
    expect(samples[5]![3].at(-1)).toEqual(["<lynceus>", "(unproved)", 0, 0, 0, 0]);
  });

  it("understands whatever the names are, and as many samples as there are in the text", { timeout: 180_000 }, (context) => {
    if (bin === null) return context.skip();
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const recording = recordingOf([...stableBlocks(blocks)]);
        const text = [...writeAustin(recording, options)].join("").split("\n");
        const lines = text.filter((line) => line !== "" && !line.startsWith("#"));
        const { samples } = readByThem(recording);
        expect(samples.map(([pid, interpreter, , , time, memory, isIdle]) => `${pid} ${interpreter} ${time},${isIdle ? 1 : 0},${memory}`)).toEqual(
          lines.map((line) => line.replace(/^P(\d+);T(\d+):.* (\S+)$/s, "$1 $2 $3")),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("converts what we write to the times that our text has", { timeout: 180_000 }, (context) => {
    if (bin === null) return context.skip();
    using folder = temporaryFolder();
    const golden = fileURLToPath(new URL("../golden/example-full.mojo", import.meta.url));
    execFileSync(join(bin, "mojo2austin"), [golden, folder.file("theirs.austin")], { stdio: "pipe" });
    const theirs = readFileSync(folder.file("theirs.austin"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("P"));
    const ours = [...writeAustin(recordingOf([...stableBlocks(exampleBlocks)]), { ...options, showCollections: false })]
      .join("")
      .split("\n")
      .filter((line) => line.startsWith("P"));
    // It leaves the other metrics out, of Austin's files as well.
    const times = (lines: readonly string[]): unknown => lines.map((line) => line.split(" ").at(-1)!.split(",")[0]);
    expect(times(theirs)).toEqual(times(ours));
  });
});
