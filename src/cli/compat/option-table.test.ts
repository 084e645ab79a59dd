import { describe, expect, test } from "vitest";
import { UsageError as AustinUsageError, readArguments as readAustin } from "./austin/arguments.ts";
import { flavors } from "./austin/flavors.ts";
import { UsageError as EchionUsageError, readArguments as readEchion } from "./echion/arguments.ts";
import { withInvokedVerb } from "./invoked-as.ts";
import { type OptionRow, readOptions } from "./option-table.ts";

const row = (letter: string | null, word: string, value: string | null): OptionRow => ({ letter, word, value, does: "" });
const rows = [row("C", "children", null), row("i", "interval", "n"), row("c", "cpu", null), row(null, "usage", null)];

const read = (...args: string[]): unknown => {
  try {
    const { options, command } = readOptions(rows, args);
    return [options.map(({ row: { word }, value }) => (value === "" ? word : `${word}=${value}`)).join(" "), command.join(" ")];
  } catch (error) {
    return (error as Error).message;
  }
};

describe("options are read as getopt reads them", () => {
  test.each([
    [
      ["-Cci", "5", "ls", "-i", "6"],
      ["children cpu interval=5", "ls -i 6"],
    ],
    [
      ["-Ci10ms", "--", "-c"],
      ["children interval=10ms", "-c"],
    ],
    [
      ["--interval=1", "--interval", "2", "--ch"],
      ["interval=1 interval=2 children", ""],
    ],
    [
      ["--usage", "-", "x"],
      ["usage", "- x"],
    ],
    [
      ["-i", "-5"],
      ["interval=-5", ""],
    ],
    [["--cx"], "unknown: --cx"],
    [["--c"], "ambiguous: --c"],
    [["-Cz"], "unknown: -z"],
    [["-Ci"], "needs-value: -i"],
    [["--interval"], "needs-value: --interval"],
    [["--cpu=1"], "takes-no-value: --cpu"],
  ])("%j", (args, expected) => expect(read(...args)).toEqual(expected));
});

describe("what is meant", () => {
  test("by Austin's", () => {
    expect(readAustin(flavors.austin, ["-CPfgi", "10ms", "-t5s", "-x", "3", "python", "-c", "pass"])).toMatchObject({
      interval: 10e6,
      timeout: 5000,
      metric: "full",
      isPipe: true,
      showCollections: true,
      withChildren: true,
      exposure: 3e9,
      output: null,
      command: ["python", "-c", "pass"],
    });
    expect(readAustin(flavors.austin, ["-sp", "12"])).toMatchObject({ interval: 100e3, timeout: 1000, metric: "cpu", pid: 12, where: null, isBinary: false });
    expect(readAustin(flavors.austin4, ["-cw", "12"])).toMatchObject({ metric: "cpu", pid: null, where: 12, isBinary: true });
    expect(readAustin(flavors.austinp, ["ls"])).toMatchObject({ interval: 10e6 });
    expect(readAustin(flavors.austin, ["-p", "1", "-V", "--bogus-is-never-seen"].slice(0, 3))).toMatchObject({ asked: "version" });
    for (const wrong of [
      ["-i", "0"],
      ["-i", "1.5"],
      ["-i", "1h"],
      ["-x", "-1"],
      ["-t", "2us"],
      ["-p", "0"],
      ["-p", "x"],
      ["-w", "1", "ls"],
      ["-h", "x"],
    ])
      expect(() => readAustin(flavors.austin, wrong), wrong.join(" ")).toThrow(AustinUsageError);
  });

  test("by Echion's", () => {
    expect(readEchion(["-cni2ms", "-x", "5", "-o", "a", "python"])).toMatchObject({
      interval: 2e6,
      mode: "cpu",
      exposure: 5e9,
      output: "a",
      command: ["python"],
    });
    expect(readEchion(["-p", "12"])).toMatchObject({ interval: 1e6, mode: "wall", pid: 12, output: "%(pid).echion", missing: [] });
    for (const wrong of [["-i", "x"], ["-x", "1.5"], ["-p", "0"], ["-w", "-1"], ["--bogus"]])
      expect(() => readEchion(wrong), wrong.join(" ")).toThrow(EchionUsageError);
  });

  test("by a link's name", () => {
    expect(withInvokedVerb("/home/me/bin/austin", ["-V"])).toEqual(["austin", "-V"]);
    expect(withInvokedVerb("/home/me/bin/lynceus", ["-V"])).toEqual(["-V"]);
    expect(withInvokedVerb("/home/me/austin/bin.js", ["-V"])).toEqual(["-V"]);
  });
});
