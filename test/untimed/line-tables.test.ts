import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compareWithTruth, type LineTableTruth } from "../images/line-table-truth.ts";
import { requireInterpreters } from "../support/interpreters.ts";

const program = fileURLToPath(new URL("../images/line-table-truth.py", import.meta.url));
const modules = ["json.decoder", "typing", "dataclasses", "argparse", "asyncio.base_events", "ast", "_pydecimal", "threading", "inspect"];

test.each(requireInterpreters())("line tables of $version: every instruction of many functions is where the interpreter says", ({ path }) => {
  const truth = JSON.parse(execFileSync(path, ["-I", program, ...modules], { encoding: "utf8", maxBuffer: 1 << 28 })) as LineTableTruth;
  const { differences, compared } = compareWithTruth(truth);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(50_000);
});
