import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareWithTruth, type LineTableTruth } from "../../../test/images/line-table-truth.ts";
import { decodeLineTable, locate } from "./locate.ts";
import { findPosition, rowLength } from "./position-rows.ts";

const folder = new URL("../../../test/images/line-tables/", import.meta.url);
const kinds = ["lnotab", "pep626", "locations"] as const;

describe("every instruction of saved code objects is where its interpreter says", () => {
  const files = readdirSync(folder);
  test("all eight versions are there", () => expect(files.sort()).toEqual([10, 11, 12, 13, 14, 15, 8, 9].map((minor) => `3.${minor}.json.gz`)));
  test.each(files)("%s", (file) => {
    const truth = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString()) as LineTableTruth;
    const { differences, compared } = compareWithTruth(truth);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(2000);
  });
});

describe("locate", () => {
  const code = { lineTableKind: "locations", lineTable: Uint8Array.of(0x80 | (1 << 3), 0x25, 0xf8), firstLine: 7 } as const;

  test("tells both ends of a short form, 1-based", () => {
    expect(locate(code, 0)).toEqual({ line: 7, endLine: 7, column: 8 + 2 + 1, endColumn: 8 + 2 + 5 + 1 });
  });
  test("has no line where the table has none, and past its end", () => {
    expect(locate(code, 2).line).toBe(0);
    expect(locate(code, 400).line).toBe(0);
  });
  test("gives the first line before the first instruction", () => {
    for (const lineTableKind of kinds) for (const offset of [-1, -2, -4096]) expect(locate({ ...code, lineTableKind }, offset).line).toBe(7);
  });
  test("keeps telling code objects apart when there are more than it remembers", () => {
    const codes = Array.from({ length: 1000 }, (_, index) => ({ ...code, firstLine: index + 1 }));
    for (let round = 0; round < 2; round++) for (const each of codes) expect(locate(each, 0).line).toBe(each.firstLine);
  });
});

test("damaged tables end, and tell nothing below zero", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: -10, max: 5000 }),
      (lineTableKind, lineTable, firstLine, offset) => {
        const rows = decodeLineTable({ lineTableKind, lineTable, firstLine });
        expect(rows.length).toBeLessThanOrEqual((lineTable.length + 2) * rowLength);
        for (const value of Object.values(findPosition(rows, offset))) expect(value).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 2000 },
  );
});
