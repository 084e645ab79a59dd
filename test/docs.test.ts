import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { verbs } from "../src/cli/verbs.ts";
import { formats } from "../src/formats/registry.ts";
import { listFiles, projectRoot, readSources } from "./support/source-tree.ts";

/*
 * What the documents name has to exist: files, functions, verbs, options. In backticks a name is a promise:
 * `src/x/y.ts` a file, `name()` a function, `Thing.name()` a method, `-x` an option.
 */
const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const folders = ["src", "ui", "test", "scripts", "bench", "docs", "examples", "agent", "bpf"];
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "NEW_PYTHON_VERSION.md",
  "CHANGELOG.md",
  ...folders.flatMap(listFiles).filter((path) => path.endsWith(".md")),
];
/** Those for people who use the program, rather than change it. */
const guides = ["README.md", ...listFiles("docs").filter((path) => path.endsWith(".md"))];
const sources = [...readSources("src"), ...readSources("ui")].filter(({ path }) => !/\.test\.tsx?$/.test(path));
const code = sources.map(({ path }) => read(path)).join("\n");

/** Words in backticks, outside of blocks of code. */
function quoted(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "").replace(/^ {4}.*$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
}

/** Beside a document, in a folder below it, or in one that it is in: a README names these by their names alone. */
function isNear(folder: string, name: string): boolean {
  if (listFiles(folder).some((file) => file.endsWith(`/${name}`))) return true;
  return folder !== "." && (existsSync(join(projectRoot, folder, name)) || isNear(posix.dirname(folder), name));
}

function problems(paths: readonly string[], find: (text: string, path: string) => readonly string[]): string[] {
  return paths.flatMap((path) => find(read(path), path).map((problem) => `${path}: ${problem}`));
}

describe("the documents", () => {
  it("link only to what is there", () => {
    const wrong = problems(documents, (text, path) =>
      [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(projectRoot, posix.dirname(path), target))),
    );
    expect(wrong).toEqual([]);
  });

  it("name only files and folders that are there", () => {
    const isPath = new RegExp(`^(?:(?:${folders.join("|")})/[\\w./-]*|(?!x\\.test)[\\w.-]+\\.(?:ts|tsx|mts|mjs)|[A-Z_]+\\.md)$`);
    const wrong = problems(documents, (text, path) =>
      quoted(text).filter((word) => isPath.test(word) && !existsSync(join(projectRoot, word)) && !isNear(posix.dirname(path), word)),
    );
    expect(wrong).toEqual([]);
  });

  it("name only functions, methods and types that are there", () => {
    const isExported = (name: string): boolean =>
      new RegExp(`^export (?:abstract |async |declare )*(?:function\\*?|class|const|interface|type) ${name}\\b`, "m").test(code);
    const hasMethod = (type: string, method: string): boolean =>
      new RegExp(`^export class ${type}\\b[\\s\\S]*?^  (?:static |override |async |get )*\\*?${method}\\(`, "m").test(code);
    const wrong = problems(["ARCHITECTURE.md", "NEW_PYTHON_VERSION.md"], (text) =>
      quoted(text).filter((word) => {
        const [, type, name = ""] = /^(?:([A-Z]\w+)\.)?(\w+)\(\)$/.exec(word) ?? [];
        if (name !== "") return type === undefined ? !isExported(name) : !isExported(type) || !hasMethod(type, name);
        return /^[A-Z][a-z]+[A-Za-z]*$/.test(word) && !isExported(word);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("show only options and verbs that the command line has", () => {
    const known = new Set(["-h", "--help", "--"]);
    for (const { path } of sources.filter((source) => source.path.startsWith("src/cli/")))
      for (const [, letter, word] of read(path).matchAll(/"(?:(-[A-Za-z]), )?(--[a-z][a-z-]*)(?: [<[][^"]*)?"/g)) known.add(letter ?? word!).add(word!);
    const wrong = problems(guides, (text) => {
      const commands = [...text.matchAll(/(?:^ {4}(?:\$ )?|`|\| )(?:sudo )?(?:lynceus|node dist\/bin\.js)((?: [^`|\n]+)?)/gm)].map(([, words = ""]) =>
        words.trim().split(/\s+/),
      );
      return commands.flatMap((words) => {
        // A program has options of its own.
        const end = words.findIndex((word, at) => word === "--" || (/^(?:python\S*|pylint|pytest)$/.test(word) && at > 0));
        const own = end === -1 ? words : words.slice(0, end);
        const verb = own.find((word) => /^[a-z]+$/.test(word));
        return [
          ...own.filter((word) => /^-{1,2}[A-Za-z]/.test(word) && !known.has(word)),
          ...(own[0] === verb && verb !== undefined && !Object.hasOwn(verbs, verb) ? [`lynceus ${verb}`] : []),
        ];
      });
    });
    expect(wrong).toEqual([]);
    expect(known.size).toBeGreaterThan(20);
  });

  it("say something of every verb and every format", () => {
    const text = guides.map(read).join("\n");
    for (const verb of Object.keys(verbs)) expect(text).toContain(`lynceus ${verb} `);
    for (const { extensions } of formats) expect(text).toContain(`\`${extensions[0]}\``);
  });

  it("are all in the index of docs/", () => {
    const index = read("docs/README.md");
    expect(guides.filter((path) => path !== "README.md" && path !== "docs/README.md" && !index.includes(`(${posix.basename(path)})`))).toEqual([]);
  });
});
