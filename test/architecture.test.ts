import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { findCycle, listFiles, parseImports, projectRoot, readSources } from "./support/source-tree.ts";

/**
 * Which parts of src/ a part may import, besides itself: the dependency order of ARCHITECTURE.md. A part may only
 * name those above it, so the order has no cycles by its form.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  profile: ["base"],
  os: ["base"],
  elf: ["base"],
  cpython: ["base", "elf"],
  native: ["base", "elf", "cpython"],
  agent: ["base", "os", "elf", "cpython"],
  sampler: ["base", "profile", "os", "elf", "cpython", "native", "agent"],
  formats: ["base", "profile"],
  push: ["base", "profile", "formats"],
  tui: ["base", "profile"],
  server: ["base", "profile", "formats", "sampler"],
  cli: ["base", "profile", "os", "elf", "cpython", "native", "agent", "sampler", "formats", "push", "tui", "server"],
  "bin.ts": ["base", "cli"],
  "index.ts": ["base", "profile", "os", "elf", "cpython", "sampler", "formats"],
};
const uiMayImport = ["base", "profile", "formats"];

/** Decode bytes and count: no files, no processes, no clocks. The browser runs some of them. */
const pureParts = ["base", "profile", "elf", "cpython", "tui"];
/** Calls into C libraries go through these. */
const foreignParts = ["os", "agent"];
/** What is registered in one place per kind may be an index; nothing else is. */
const indexFiles = ["src/index.ts", "src/formats/index.ts", "src/cpython/layouts/index.ts", "src/cli/commands/index.ts"];
const mostLines = 300;
const mostReadmeLines = 20;

const sources = readSources("src");
const uiSources = readSources("ui");
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const production = sources.filter(({ path }) => !isTest(path));
/** "src/base/units.ts" is in "base", "src/bin.ts" is a part of its own. */
const partOf = (path: string): string => path.split("/")[1] ?? "";

describe("imports", () => {
  it("has sources to look at", () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(production.flatMap(({ imports }) => imports).length).toBeGreaterThan(10);
  });

  it("the table is an order: each part names only parts above it", () => {
    const parts = Object.keys(mayImport);
    for (const [index, part] of parts.entries()) {
      for (const other of mayImport[part] ?? []) expect(parts.slice(0, index), `${part} may import ${other}`).toContain(other);
    }
  });

  it("each part of src/ imports only what the table allows", () => {
    const wrong = production.flatMap(({ path, imports }) => {
      const allowed = mayImport[partOf(path)];
      if (!allowed) return [`${path}: no such part in the table`];
      return imports
        .filter(({ isOwn, target }) => isOwn && !(target.startsWith("src/") && [partOf(path), ...allowed].includes(partOf(target))))
        .map(({ target }) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("the browser view imports only what runs in a browser", () => {
    const wrong = uiSources
      .filter(({ path }) => !isTest(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ isOwn, target }) =>
            isOwn ? !target.startsWith("ui/") && !(target.startsWith("src/") && uiMayImport.includes(partOf(target))) : target.startsWith("node:"),
          )
          .map(({ target }) => `${path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it("files of the browser view do not import each other in a circle, not even types", () => {
    const graph = new Map(uiSources.map(({ path, imports }) => [path, new Set(imports.flatMap(({ target, isOwn }) => (isOwn ? [target] : [])))]));
    expect(findCycle(graph)).toBe(null);
  });

  it("pure parts do not touch the system, and only os/ and agent/ call C libraries", () => {
    const wrong = production.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ target }) => (target.startsWith("node:") && pureParts.includes(partOf(path))) || (target === "koffi" && !foreignParts.includes(partOf(path))),
        )
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("folders do not import each other in a circle", () => {
    // A folder and the folders in it are one thing: layouts/ is a part of cpython/.
    const contains = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
    const graph = new Map<string, Set<string>>();
    for (const { path, imports } of [...production, ...uiSources.filter((source) => !isTest(source.path))]) {
      const from = posix.dirname(path);
      for (const { target, isOwn } of imports) {
        const to = posix.dirname(target);
        if (isOwn && !contains(from, to) && !contains(to, from)) graph.set(from, (graph.get(from) ?? new Set()).add(to));
      }
    }
    expect(findCycle(graph)).toBe(null);
  });
});

describe("files", () => {
  const files = ["src", "ui", "test", "scripts", "bench", "docs", "examples", "agent", "bpf"].flatMap(listFiles);
  const code = files.filter((path) => /\.(tsx?|mjs|py|c|h)$/.test(path));

  it("have kebab-case names; Python modules may have its own custom", () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
    const snake = /^[a-z0-9]+(_[a-z0-9]+)*\.py$/;
    const wrong = files.filter((path) => {
      const name = posix.basename(path);
      return !["README.md", "Makefile"].includes(name) && !kebab.test(name) && !snake.test(name);
    });
    expect(wrong).toEqual([]);
  });

  it("are not called index, utils or helpers", () => {
    expect(code.filter((path) => (/\/index\.tsx?$/.test(path) && !indexFiles.includes(path)) || /\/(utils?|helpers?|common|misc)\.\w+$/.test(path))).toEqual(
      [],
    );
  });

  it(`have at most ${mostLines} lines, or say why in their first comment ("Over ${mostLines} lines: ...")`, () => {
    const wrong = code.filter((path) => {
      const text = readFileSync(join(projectRoot, path), "utf8");
      const header = /^\s*(?:\/\*[\s\S]*?\*\/|(?:(?:\/\/|#).*\n)+|"""[\s\S]*?""")/m.exec(text)?.[0] ?? "";
      return text.split("\n").length - 1 > mostLines && !header.includes(`ver ${mostLines} lines`);
    });
    expect(wrong).toEqual([]);
  });

  it("live in folders with a README of at most 20 lines", () => {
    const folders = [...new Set(code.map((path) => posix.dirname(path)))].filter((folder) => folder !== "src");
    const wrong = folders.flatMap((folder) => {
      const readme = join(projectRoot, folder, "README.md");
      if (!existsSync(readme)) return [`${folder} has none`];
      const lines = readFileSync(readme, "utf8").trimEnd().split("\n").length;
      return lines > mostReadmeLines ? [`${folder}: ${lines} lines`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe("the checks themselves", () => {
  it("see every way of importing", () => {
    const text = [
      'import "./a.ts";',
      'import type { B } from "../b.ts";',
      "import {",
      "  c,",
      '} from "./c.ts";',
      'export * from "./d.ts";',
      'const e = await import("./e.ts");',
      'new Worker(new URL("./f.ts", import.meta.url));',
      'import { g } from "node:fs";',
    ].join("\n");
    expect(parseImports("src/x/y.ts", text).map(({ target }) => target)).toEqual([
      "src/x/a.ts",
      "src/b.ts",
      "src/x/c.ts",
      "src/x/d.ts",
      "src/x/e.ts",
      "src/x/f.ts",
      "node:fs",
    ]);
  });

  it("find circles", () => {
    const graph = (edges: Record<string, string[]>): Map<string, Set<string>> => new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
    expect(findCycle(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toBe(null);
    expect(findCycle(graph({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual(["b", "c", "b"]);
  });
});
