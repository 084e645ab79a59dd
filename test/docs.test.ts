import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCommandTree } from "../src/cli/completion/command-tree.ts";
import { parseArguments } from "../src/cli/options/arguments.ts";
import { implicitVerb, verbs } from "../src/cli/verbs.ts";
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

/** Words after "lynceus" where one is called: in blocks of code and in backticks. What follows two spaces there says what it does. */
function commandsIn(text: string): string[][] {
  const calls = text.matchAll(/(?:^ {4}(?:\$ )?|`|\| )(?:sudo )?(?:lynceus|node dist\/bin\.js) ((?:[^`|\n]|\|(?=[^ ]))+)/gm);
  return [...calls].map(([, call = ""]) => {
    const [command = ""] = call.split(/ {2,}|\s+(?:[|;]|&&|\d?>|#)/);
    return [...command.trim().matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? "");
  });
}

/** What the real parser has against it; null when it would run. */
async function complaint(words: readonly string[]): Promise<string | null> {
  const isIncomplete = words.some((word) => ["...", "VERB", "SHELL", "FILE", "[options]", "--help"].includes(word));
  const [verb = "", ...rest] = words;
  const module = await (verbs[verb] ?? implicitVerb).load();
  // A drop-in parses as the original does; a verb alone is talked about, not called.
  if (isIncomplete || module.describe === undefined || (rest.length === 0 && Object.hasOwn(verbs, verb))) return null;
  if (!Object.hasOwn(verbs, verb) && !verb.startsWith("-") && !/^(python|pytest|pylint)/.test(verb)) return "no such verb";
  try {
    parseArguments(module.describe(), Object.hasOwn(verbs, verb) ? rest : words);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
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

  it("show only commands that the command line understands", async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const path of guides) {
      for (const words of commandsIn(read(path))) {
        const problem = await complaint(words);
        count++;
        if (problem !== null) wrong.push(`${path}: lynceus ${words.join(" ")}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(50);
  });

  it("name only options that the command line has", async () => {
    const known = new Set((await loadCommandTree()).flatMap(({ options }) => options.flatMap(({ short, long }) => [short ?? long, long])));
    // What is said of other programs and of drop-ins, which have options of their own, is on pages of theirs.
    const own = guides.filter((path) => !/from-|formats|fleet|container|fidelity/.test(path));
    const wrong = problems(own, (text) => quoted(text).filter((word) => /^--?[a-z][a-z-]*$/i.test(word) && !known.has(word)));
    expect(wrong.filter((problem) => !/: --(cap-add|enable|omit)/.test(problem))).toEqual([]);
  });

  it("say something of every verb and every format", () => {
    const text = guides.map(read).join("\n");
    for (const verb of Object.keys(verbs)) expect(text).toMatch(new RegExp(`lynceus ${verb}\\b`));
    for (const { extensions } of formats) expect(text).toContain(`\`${extensions[0]}\``);
  });

  it("have every format in the tables that say what opens it and what it holds", () => {
    const [first = "", second = ""] = read("docs/formats.md").split("## What they hold");
    const rows = first.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toHaveLength(formats.length);
    for (const { name, extensions, read: reader, write } of formats) {
      const [, , names = "", isRead, isWritten] = (rows.find((row) => row.startsWith(`| \`${name}\` |`)) ?? "").split("|").map((cell) => cell.trim());
      expect([name, isRead, isWritten]).toEqual([name, reader === null ? "no" : "yes", write === null ? "no" : "yes"]);
      expect(names).toContain(`\`${extensions[0]}\``);
      expect(second.split("\n## ")[0]).toContain(`\`${name}\``);
    }
  });

  it("are all in the index of docs/", () => {
    const index = read("docs/README.md");
    expect(guides.filter((path) => path !== "README.md" && path !== "docs/README.md" && !index.includes(`(${posix.basename(path)})`))).toEqual([]);
  });
});
