import { expect, it } from "vitest";
import { tryOnChild } from "./child-trial.ts";
import { parseHidepid, readMachineFacts, readProcessFacts } from "./machine-facts.ts";
import { listChildren } from "./processes.ts";

const mount = (options: string): string => `22 26 0:20 / /sys rw - sysfs sysfs rw,hidepid=4\n25 26 0:23 / /proc rw,nosuid shared:12 - proc proc ${options}\n`;

it("finds how /proc is mounted", () => {
  expect(parseHidepid(mount("rw"), [])).toBe(null);
  expect(parseHidepid(mount("rw,hidepid=0"), [])).toBe(null);
  expect(parseHidepid(mount("rw,hidepid=off"), [])).toBe(null);
  expect(parseHidepid(mount("rw,hidepid=invisible"), [0])).toBe("invisible");
  expect(parseHidepid(mount("rw,gid=27,hidepid=2"), [1000, 27])).toBe(null);
  expect(parseHidepid(mount("rw,gid=27,hidepid=2"), [1000])).toBe("2");
  expect(parseHidepid(mount("rw,hidepid=2") + mount("rw"), [])).toBe(null);
  expect(parseHidepid("", [])).toBe(null);
});

it("reads the facts of this machine", () => {
  const facts = readMachineFacts();
  expect(facts).toMatchObject({ nodeVersion: process.versions.node, user: process.geteuid!(), proc: { isOurs: true } });
});

it("reads what everybody may know of a process", () => {
  expect(readProcessFacts(process.pid)).toMatchObject({ user: process.geteuid!(), tracer: null });
  expect(readProcessFacts(process.pid)?.ids[0]).toBe(process.pid);
  expect(readProcessFacts(2 ** 30)).toBe(null);
});

it("leaves no child behind", async () => {
  const before = listChildren(process.pid);
  const trial = await tryOnChild();
  expect(trial).not.toBe(null);
  expect(listChildren(process.pid)).toEqual(before);
});
