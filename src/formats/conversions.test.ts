import { describe, expect, it } from "vitest";
import { exampleBlocks, recordingOf } from "../../test/golden/example-recording.ts";
import { formatReport } from "../profile/report.ts";
import { stableBlocks } from "../profile/stable-blocks.ts";
import type { Recording } from "../profile/tables.ts";
import { type Format, defaultWriteOptions } from "./format.ts";
import { placeholder } from "./html/html-format.ts";
import { openRecording } from "./open-recording.ts";
import { bytesSource } from "./recording/byte-source.ts";
import { formats } from "./registry.ts";

const example = recordingOf([...stableBlocks(exampleBlocks)]);
const options = { ...defaultWriteOptions, weight: "time", htmlTemplate: `<!doctype html>${placeholder}` } as const;

function converted(recording: Recording, format: Format): Recording {
  return openRecording(bytesSource(Buffer.concat([...format.write!(recording, options)].map((piece) => Buffer.from(piece as string)))));
}

/** Own time by function, in tenths of a millisecond, of those that have a name everywhere. */
function timesOf(recording: Recording): readonly string[] {
  return formatReport(recording, { mode: "wall", by: "function", limit: null })
    .rows.filter(({ name }) => ["main", "work", "run"].includes(name))
    .map(({ name, own, total }) => `${name} ${Math.round(own / 1e5)} ${Math.round(total / 1e5)}`)
    .toSorted((a, b) => a.localeCompare(b));
}

const both = formats.filter(({ read, write }) => read !== null && write !== null);

/** `lynceus convert A -o B`, for any A and B: what every format can hold comes through two of them. */
describe.each(both.map(({ name }) => name))("by way of %s", (name) => {
  const first = converted(
    example,
    both.find((format) => format.name === name)!,
  );

  it.each(both.map((format) => format.name))("to %s", (second) => {
    expect(
      timesOf(
        converted(
          first,
          both.find((format) => format.name === second)!,
        ),
      ),
    ).toEqual(["main 0 60", "run 50 50", "work 40 40"]);
  });
});
