import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkSums, parseAustin, tailKeys } from "../support/austin-text.ts";
import { interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { programPath } from "../support/target.ts";

const plain = interpreters().filter(({ debug }) => !debug);
const python = plain.find(({ minor }) => minor === 12) ?? plain.at(-1)!;
const program = programPath("two_paces.py");

describe("-P and -f of our own verbs", () => {
  it("write while it is recorded, and say nothing else", async () => {
    const ended = await lynceus(["run", "-Pfi", "10ms", python.path, program]);
    expect([ended.code, ended.err]).toEqual([0, "done\n"]);
    const text = parseAustin(ended.out);
    expect(text.keys).toEqual(["austin", "interval", "mode", "memory", "python", ...tailKeys]);
    checkSums(text);
    expect((await lynceus(["run", "-P", "-F", "html", "true"])).err).toContain("the format html cannot be written while it is recorded");
    expect((await lynceus(["run", "-P", "-o", "a.austin", "true"])).code).toBe(64);
  });

  it("charge growing memory to the function that has it grow", async () => {
    using folder = temporaryFolder();
    const script = [
      "import time",
      "def hold():",
      "    keep = []",
      "    for _ in range(12):",
      "        keep.append(bytearray(4 << 20)); end = time.time() + 0.03",
      "        while time.time() < end: pass",
      "    return keep",
      "time.sleep(0.2)",
      "kept = hold()",
    ];
    const ended = await lynceus(["run", "-qfi", "2ms", "-o", "a.austin", python.path, "-c", script.join("\n")], { cwd: folder.path });
    expect(ended.code, ended.err).toBe(0);
    const { samples } = parseAustin(readFileSync(folder.file("a.austin"), "utf8"));
    const grown = samples.filter((line) => line.includes(":hold:")).reduce((sum, line) => sum + Number(line.split(",").at(-1)), 0);
    expect(grown / (48 << 20)).toBeGreaterThan(0.7);
    expect(grown / (48 << 20)).toBeLessThan(1.1);
  });
});
