import { FunctionKind } from "../../src/profile/tables.ts";

/** Whose code a function is; the colour of its boxes. In the order of the legend. */
export const moduleKinds = ["own", "library", "standard", "native", "kernel", "task", "marker", "group"] as const;
export type ModuleKind = (typeof moduleKinds)[number];

export const moduleKindNames: Readonly<Record<ModuleKind, string>> = {
  own: "Your code",
  library: "site-packages",
  standard: "Standard library",
  native: "Native",
  kernel: "Kernel",
  task: "Task",
  marker: "Marker",
  group: "Thread or process",
};

const library = /[\\/](?:site|dist)-packages[\\/]/;
/** `lib/python3.12/...`, or zipped: `lib/python312.zip/...`. */
const standard = /[\\/](?:lib|lib64|Lib)[\\/]python\d[^\\/]*[\\/]/;

export function moduleKindOf(kind: number, file: string): ModuleKind {
  switch (kind) {
    case FunctionKind.native:
      return "native";
    case FunctionKind.kernel:
      return "kernel";
    case FunctionKind.task:
      return "task";
    case FunctionKind.marker:
      return "marker";
    default:
      return library.test(file) ? "library" : standard.test(file) || file.startsWith("<frozen ") ? "standard" : "own";
  }
}

/** The part of a path that tells files apart: from the package on for installed code, else the last two names. */
export function shortPath(file: string): string {
  if (file.startsWith("<")) return file;
  const installed = /.*[\\/](?:(?:site|dist)-packages|(?:lib|lib64|Lib)[\\/]python\d[^\\/]*)[\\/](.+)$/.exec(file);
  return installed === null ? file.split("/").slice(-2).join("/") : installed[1]!;
}
