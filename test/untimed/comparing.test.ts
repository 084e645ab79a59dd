import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";

const [oldest, newest] = [interpreters()[0]!, interpreters().at(-1)!];
const folder = temporaryFolder();

/** Rounds of work in two functions; the other lines move the functions. */
const program = (lines: number, slow: number, same: number): string => `import time
${"# moved\n".repeat(lines)}
def slower(n):
    return sum(i * i for i in range(n))
def same(n):
    return sorted(range(n, 0, -1), key=lambda x: -x)
for _ in range(60):
    slower(${slow}); same(${same})
`;

beforeAll(async () => {
  writeFileSync(folder.file("one.py"), program(0, 20_000, 20_000));
  writeFileSync(folder.file("two.py"), program(7, 120_000, 20_000));
  for (const [name, python, file] of [
    ["one.lyn", newest, "one.py"],
    ["two.lyn", newest, "two.py"],
    ["old.html", oldest, "one.py"],
  ] as const) {
    // Under one name: it is another version of the same program.
    writeFileSync(folder.file("app.py"), readFileSync(folder.file(file)));
    await lynceus(["run", "-q", "-o", folder.file(name), "--", python.path, folder.file("app.py")]);
  }
  return () => folder[Symbol.dispose]();
});

const f = (name: string): string => folder.file(name);

describe("lynceus diff", () => {
  interface Row {
    readonly name: string;
    readonly file: string;
    readonly line: number;
    readonly total: { readonly before: number; readonly after: number; readonly isSure: boolean };
  }

  it("finds the function that became slower, though it moved", async () => {
    const { code, out } = await lynceus(["diff", f("one.lyn"), f("two.lyn"), "--mode", "cpu", "--json", "--limit", "0"]);
    expect(code).toBe(0);
    const { rows, basis } = JSON.parse(out) as { rows: Row[]; basis: string };
    expect(basis).toBe("run");
    const slower = rows.find(({ name }) => name === "slower")!;
    expect(slower.total.isSure).toBe(true);
    expect(slower.total.after).toBeGreaterThan(3 * slower.total.before);
    expect(slower.line).toBe(10);
    // No function is there twice. (Of modules that were imported each has a `<module>` on line 1.)
    expect(new Set(rows.map(({ name, file, line }) => `${name} ${file} ${line}`)).size).toBe(rows.length);
  });

  it("prints a table, and nothing between a recording and itself", async () => {
    const { out } = await lynceus(["diff", f("one.lyn"), f("two.lyn"), "--mode", "cpu"]);
    expect(out).toMatch(/^before {2}.*one\.lyn {2}[\d,]+ samples in .*\nafter {3}.*two\.lyn/);
    expect(out).toMatch(/\+[\d.]+ m?s +slower +.*app\.py:10/);
    expect((await lynceus(["diff", f("one.lyn"), f("one.lyn")])).out).toMatch(/^ {2}none of \d+ changed by more than chance explains; --all shows them$/m);
  });

  it("compares versions of Python, formats, lines and threads", async () => {
    const { code, out } = await lynceus(["diff", f("old.html"), f("two.lyn"), "--by", "line", "--thread", "MainThread", "--per", "total"]);
    expect(code).toBe(0);
    expect(out).toContain("compared by shares of all time");
    expect((await lynceus(["diff", f("one.lyn"), f("two.lyn"), "--thread", "nobody"])).err).toContain("no thread with samples is called nobody");
  });

  it("writes a page that holds both, and stacks with two numbers", async () => {
    expect((await lynceus(["diff", f("one.lyn"), f("two.lyn"), "-o", f("diff.html"), "-o", f("diff.collapsed")])).code).toBe(0);
    expect(readFileSync(f("diff.html"), "utf8")).toMatch(/id="lynceus-recording">[\s\S]*id="lynceus-before"/);
    const later = JSON.parse((await lynceus(["report", f("diff.html"), "--json"])).out) as { meta: unknown };
    expect(later.meta).toEqual((JSON.parse((await lynceus(["report", f("two.lyn"), "--json"])).out) as { meta: unknown }).meta);
    for (const line of readFileSync(f("diff.collapsed"), "utf8").trimEnd().split("\n")) expect(line).toMatch(/^MainThread(;.+)? \d+ \d+$/);
    const { code, err } = await lynceus(["diff", f("one.lyn"), f("two.lyn"), "-o", f("diff.lyn")]);
    expect(code).toBe(64);
    expect(err).toContain("a comparison cannot be written as lyn");
  });

  it.each([
    [["-o", "-"], "add one of: -F html, -F collapsed"],
    [["-o", "x.svg"], "known extensions: .html .htm .collapsed .folded "],
    [["-o", "x.html", "--json"], "cannot be used with"],
    [["-o", "x.html", "--thread", "MainThread"], "cannot be used with"],
    [["-F", "html"], "-F is for what -o writes, and there is no -o"],
    [["--weight", "time"], "--weight is for what -o writes, and there is no -o"],
  ])("refuses %j", async (args, words) => {
    const { code, out, err } = await lynceus(["diff", f("one.lyn"), f("two.lyn"), ...args]);
    expect([code, out]).toEqual([64, ""]);
    expect(err).toContain(words);
  });
});

describe("lynceus view", () => {
  it("opens the page in the browser that is chosen", async () => {
    writeFileSync(f("browser"), `#!/bin/sh\necho "$1" > ${f("shown")}\n`, { mode: 0o755 });
    const { code, err } = await lynceus(["view", f("one.lyn"), "-o", f("page.html")], { env: { BROWSER: `${f("no-such-program")}:${f("browser")}` } });
    expect(code).toBe(0);
    expect(err).toContain(`opened ${f("page.html")}`);
    expect(readFileSync(f("shown"), "utf8")).toBe(`file://${f("page.html")}\n`);
  });

  it("says where the page is when there is none to open it with", async () => {
    const environment = { BROWSER: "", DISPLAY: "", WAYLAND_DISPLAY: "", TMPDIR: folder.path };
    const { code, out, err } = await lynceus(["view", f("one.lyn")], { env: environment });
    expect(code).toBe(0);
    expect(err).toContain("there is no browser here");
    const page = out.trim();
    expect(page.startsWith(folder.path)).toBe(true);
    expect(existsSync(page)).toBe(true);
    // A page is shown where it is.
    expect((await lynceus(["view", "--no-open", f("old.html")], { env: environment })).out.trim()).toBe(f("old.html"));
  });
});
