import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exampleBlocks, exampleMeta, recordingOf } from "../../../test/golden/example-recording.ts";
import { LynceusError } from "../../base/errors.ts";
import { defaultWriteOptions } from "../../formats/format.ts";
import type { Recording } from "../../profile/tables.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import { OutputFiles } from "./output-files.ts";
import { planOutputs } from "./output-plan.ts";
import { writeOutput } from "./write-output.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lynceus-outputs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string): string => join(folder, name);
const names = (): string[] => readdirSync(folder).sort();

function begin(...paths: string[]): OutputFiles {
  const files = new OutputFiles(
    planOutputs(paths, null),
    exampleMeta,
    812,
    { ...defaultWriteOptions, htmlTemplate: "<html><!--LYNCEUS-RECORDING--></html>" },
    () => {},
  );
  for (const block of exampleBlocks) files.add(block);
  return files;
}

function sampleCount(recording: Recording): number {
  let count = 0;
  for (const { samples } of recording.blocks()) count += samples.length;
  return count;
}

const allSamples = exampleBlocks.reduce((sum, { samples }) => sum + samples.length, 0);

async function rejection(promise: Promise<unknown>): Promise<LynceusError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LynceusError)) throw new Error("no LynceusError was thrown", { cause: error });
  return error;
}

test("one recording, many files", async () => {
  const paths = ["%(pid).lyn", "a.html", "a.collapsed", "a.austin.gz"].map(inFolder);
  expect(await begin(...paths).finish()).toEqual([inFolder("812.lyn"), ...paths.slice(1)]);
  expect(names()).toEqual(["812.lyn", "a.austin.gz", "a.collapsed", "a.html"]);
  const golden = (name: string): string => readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), "utf8");
  expect(readFileSync(inFolder("a.collapsed"), "utf8")).toBe(golden("example.collapsed"));
  expect(gunzipSync(readFileSync(inFolder("a.austin.gz"))).toString()).toMatch(/^# austin: /);
  for (const name of ["812.lyn", "a.html"]) {
    const recording = openRecordingFile(inFolder(name));
    expect(recording.isComplete).toBe(true);
    expect(sampleCount(recording)).toBe(allSamples);
  }
});

test("what is there while it is made can be read, and has no name of a whole file", async () => {
  const files = begin(inFolder("a.collapsed"));
  const [partial, ...others] = names();
  expect(others).toEqual([]);
  expect(partial).toMatch(/^a\.collapsed\.\d+\.partial\.lyn$/);
  expect(openRecordingFile(inFolder(partial!)).isComplete).toBe(false);
  await files.finish();
  expect(names()).toEqual(["a.collapsed"]);
});

test("an abandoned recording says where it is", () => {
  const kept = begin(inFolder("a.html")).abandon();
  const recording = openRecordingFile(kept!);
  expect(recording.isComplete).toBe(false);
  expect(sampleCount(recording)).toBe(allSamples);
});

test("when an output cannot be made the recording is kept, and the error says how to go on", async () => {
  const files = begin(inFolder("a.collapsed"));
  mkdirSync(inFolder("a.collapsed"));
  const error = await rejection(files.finish());
  expect(error).toMatchObject({ code: "cannot-write" });
  const [, kept] = /lynceus convert (\S+) -o \S+$/.exec(error.hint ?? "") ?? [];
  expect(sampleCount(openRecordingFile(kept!))).toBe(allSamples);
  expect(names()).toHaveLength(2);
});

test("a full disk while recording is told at once", () => {
  const files = new OutputFiles(planOutputs([inFolder("a.lyn")], null), exampleMeta, 812, defaultWriteOptions, () => {});
  files.abandon();
  symlinkSync("/dev/full", inFolder("full.lyn"));
  expect(() => begin(inFolder("full.lyn"))).toThrow(/^cannot write .*full\.lyn: no space left on device$/);
});

test("a full disk while converting leaves no half file", async () => {
  const collapsed = planOutputs(["x.collapsed"], null)[0]!;
  expect(await rejection(writeOutput(collapsed, "/dev/full", recordingOf(exampleBlocks), defaultWriteOptions))).toMatchObject({
    code: "cannot-write",
    message: "cannot write /dev/full: no space left on device",
  });
});

test("a format that fails halfway leaves the file that was there before", async () => {
  writeFileSync(inFolder("a.collapsed"), "before");
  const damaged: Recording = {
    meta: exampleMeta,
    isComplete: true,
    blocks: () => {
      throw new LynceusError("bad-recording", "the record at byte 7 does not unpack");
    },
  };
  const plan = planOutputs([inFolder("a.collapsed")], null)[0]!;
  expect(await rejection(writeOutput(plan, plan.path!, damaged, defaultWriteOptions))).toMatchObject({ code: "bad-recording" });
  expect(names()).toEqual(["a.collapsed"]);
  expect(readFileSync(inFolder("a.collapsed"), "utf8")).toBe("before");
});

test("a link is written through, modes stay", async () => {
  writeFileSync(inFolder("real.collapsed"), "before", { mode: 0o640 });
  symlinkSync("real.collapsed", inFolder("link.collapsed"));
  await begin(inFolder("link.collapsed")).finish();
  expect(readFileSync(inFolder("real.collapsed"), "utf8")).toContain("MainThread");
  expect(execFileSync("stat", ["-c", "%a %F", inFolder("real.collapsed"), inFolder("link.collapsed")], { encoding: "utf8" })).toBe(
    "640 regular file\n777 symbolic link\n",
  );
});

test("an existing longer recording is replaced, not overlaid", async () => {
  writeFileSync(inFolder("a.lyn"), Buffer.alloc(1e6, "x"));
  await begin(inFolder("a.lyn")).finish();
  expect(openRecordingFile(inFolder("a.lyn")).isComplete).toBe(true);
  expect(readFileSync(inFolder("a.lyn")).length).toBeLessThan(1e5);
});
