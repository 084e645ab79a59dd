import { expect, test } from "vitest";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

const [mappings, threads] = [20_000, 200];

test("a process of 100 GB with 20,000 mappings and 200 threads is like any other", { timeout: 60_000 }, async () => {
  await using target = await startTarget(requireInterpreters().at(-1)!, "huge.py", [String(mappings), String(threads)]);
  const { out, err, code } = await lynceus(["where", String(target.pid)]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.match(/^Thread /gm)).toHaveLength(threads + 1);
  expect(out).toContain("  main_work (");
  using folder = temporaryFolder();
  expect(await lynceus(["attach", "-q", "-x", "0.5", "-o", folder.file("a.lyn"), String(target.pid)])).toMatchObject({ code: 0, err: "" });
  const { profile, functions } = loadRecorded(folder.file("a.lyn"));
  expect(profile.threads).toHaveLength(threads + 1);
  expect(["main_work", "sleep"].filter((name) => !functions().has(name))).toEqual([]);
});
