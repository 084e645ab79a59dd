import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

export interface SourceFile {
  /** From the project's root: "src/base/units.ts". */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A path from the root for the project's own files, else as it is written: "node:fs", "koffi". */
  readonly target: string;
  readonly isOwn: boolean;
}

const notOurs = new Set(["node_modules", "dist", "golden", "fixtures", "__pycache__"]);
const statement = /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)|\bnew URL\("(\.[^"]+\.[jt]s)", import\.meta\.url\)/gm;

/** All files below `folder` (from the root), `/`-separated and in order; hidden ones and other people's are left out. */
export function listFiles(folder: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(join(projectRoot, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter(({ name }) => !name.startsWith(".") && !notOurs.has(name))
    .flatMap((entry) => (entry.isDirectory() ? listFiles(posix.join(folder, entry.name)) : [posix.join(folder, entry.name)]))
    .sort();
}

/** The TypeScript below `folder`, with what it imports: static, dynamic, types, and workers by URL. */
export function readSources(folder: string): readonly SourceFile[] {
  return listFiles(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => {
      const text = readFileSync(join(projectRoot, path), "utf8");
      return { path, text, imports: parseImports(path, text) };
    });
}

export function parseImports(path: string, text: string): readonly Import[] {
  return [...text.matchAll(statement)].map(([, fixed, dynamic, url]) => {
    const specifier = fixed ?? dynamic ?? url ?? "";
    const isOwn = specifier.startsWith(".");
    return { target: isOwn ? posix.join(posix.dirname(path), specifier) : specifier, isOwn };
  });
}

/** One way round through a directed graph, its first node repeated at the end; null when there is none. */
export function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | null {
  const done = new Set<string>();
  function visit(node: string, way: readonly string[]): readonly string[] | null {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...way, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return null;
  }
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return null;
}
