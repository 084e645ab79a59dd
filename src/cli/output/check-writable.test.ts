import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import { checkWritable } from "./check-writable.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lynceus-write-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function failure(path: string): LynceusError {
  try {
    checkWritable(path);
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
  throw new Error(`${path} was taken to be writable`);
}

test("a new file, an existing one, a device", () => {
  writeFileSync(join(folder, "old.html"), "before");
  checkWritable(join(folder, "old.html"));
  checkWritable(join(folder, "new.html"));
  checkWritable("/dev/null");
  expect(readFileSync(join(folder, "old.html"), "utf8")).toBe("before");
  expect(readdirSync(folder)).toEqual(["old.html"]);
});

test("a pipe is not opened: nobody may be reading yet", () => {
  execFileSync("mkfifo", [join(folder, "pipe.lyn")]);
  expect(() => checkWritable(join(folder, "pipe.lyn"))).not.toThrow();
});

test("a directory", () => {
  expect(failure(folder)).toMatchObject({
    code: "cannot-write",
    message: `cannot write ${folder}: it is a directory`,
    hint: `give a file name: ${folder}/profile.html`,
  });
});

test("a folder that is not there", () => {
  expect(failure(join(folder, "no/x.html"))).toMatchObject({
    message: `cannot write ${folder}/no/x.html: there is no folder ${folder}/no`,
    hint: `make it: mkdir -p ${folder}/no`,
  });
});

test("a file where a folder should be", () => {
  writeFileSync(join(folder, "file"), "");
  expect(failure(join(folder, "file/x.html")).message).toContain("not a directory");
});

test("places where files cannot be made, whoever asks", () => {
  expect(failure("/proc/x.html").code).toBe("cannot-write");
});

test("places and files that an ordinary user may not write", () => {
  const readOnly = join(folder, "read-only");
  mkdirSync(readOnly);
  writeFileSync(join(readOnly, "theirs.html"), "");
  chmodSync(readOnly, 0o555);
  chmodSync(join(readOnly, "theirs.html"), 0o444);
  chmodSync(folder, 0o755);
  const program = `
    import { checkWritable } from ${JSON.stringify(new URL("./check-writable.ts", import.meta.url).href)};
    for (const name of ["new.html", "theirs.html"]) try { checkWritable(process.argv[1] + "/" + name); console.log("writable"); } catch (error) { console.log(error.message); }`;
  const node = [process.execPath, "--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program, readOnly];
  const command =
    process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", ...node] : node;
  const output = execFileSync(command[0]!, command.slice(1), { encoding: "utf8", env: { ...process.env, HOME: "/tmp" } });
  expect(output.split("\n")).toEqual([`cannot write ${readOnly}/new.html: permission denied`, `cannot write ${readOnly}/theirs.html: permission denied`, ""]);
});
