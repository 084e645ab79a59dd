import type { FunctionIndex, ProcessIndex, ThreadIndex } from "../../src/profile/tables.ts";
import { NodeKind, type CallTree, type NodeIndex } from "../../src/profile/call-tree.ts";
import { moduleKindOf, moduleKinds, shortPath, type ModuleKind } from "./module-kind.ts";
import { shadeOf, shadesPerKind } from "./palette.ts";
import type { Profile } from "../../src/profile/profile.ts";

/** How things are called on the screen; computed once per function. All texts come from the target: set them as text only. */
export interface Labels {
  readonly functionName: (index: FunctionIndex) => string;
  readonly file: (index: FunctionIndex) => string;
  /** "json/decoder.py:353", or empty when there is no file. */
  readonly place: (index: FunctionIndex) => string;
  readonly moduleKind: (index: FunctionIndex) => ModuleKind;
  /** By function: position of kind and shade among all colours. */
  readonly colourIndex: Uint8Array;
  readonly threadName: (index: ThreadIndex) => string;
  readonly processName: (index: ProcessIndex) => string;
  readonly nameOfNode: (tree: CallTree, node: NodeIndex) => string;
  readonly placeOfNode: (tree: CallTree, node: NodeIndex) => string;
  readonly kindOfNode: (tree: CallTree, node: NodeIndex) => ModuleKind;
}

export function buildLabels(profile: Profile): Labels {
  const { functions, strings, threads, processes } = profile;
  const names: string[] = [];
  const files: string[] = [];
  const places: string[] = [];
  const kinds: ModuleKind[] = [];
  const colourIndex = new Uint8Array(functions.length);
  for (let i = 0; i < functions.length; i++) {
    const file = strings[functions.file[i]!] ?? "";
    const line = functions.firstLine[i]!;
    names.push(strings[functions.name[i]!] || "(unnamed)");
    files.push(file);
    kinds.push(moduleKindOf(functions.kind[i]!, file));
    places.push(file === "" ? "" : line > 0 ? `${shortPath(file)}:${line}` : shortPath(file));
    colourIndex[i] = moduleKinds.indexOf(kinds[i]!) * shadesPerKind + shadeOf(file);
  }
  const threadName = (index: ThreadIndex): string => profile.threadNames[index] || `Thread ${threads[index]?.tid ?? "?"}`;
  const processName = (index: ProcessIndex): string => {
    const process = processes[index];
    return process === undefined ? "?" : `${programOf(process.commandLine) || process.executable.split("/").at(-1) || "python"} (pid ${process.pid})`;
  };
  const nameOfNode = (tree: CallTree, node: NodeIndex): string => {
    const ref = tree.ref[node]!;
    switch (tree.kind[node] as NodeKind) {
      case NodeKind.function:
        return names[ref]!;
      case NodeKind.thread:
        return threadName(ref);
      case NodeKind.process:
        return processName(ref);
      case NodeKind.collection:
        return "(garbage collection)";
      default:
        return "(all)";
    }
  };
  return {
    functionName: (index) => names[index]!,
    file: (index) => files[index]!,
    place: (index) => places[index]!,
    moduleKind: (index) => kinds[index]!,
    colourIndex,
    threadName,
    processName,
    nameOfNode,
    placeOfNode: (tree, node) => {
      const ref = tree.ref[node]!;
      return tree.kind[node] === NodeKind.function
        ? places[ref]!
        : tree.kind[node] === NodeKind.thread && threads[ref]!.tid > 0
          ? `tid ${threads[ref]!.tid}`
          : "";
    },
    kindOfNode: (tree, node) => {
      const kind = tree.kind[node];
      return kind === NodeKind.function ? kinds[tree.ref[node]!]! : kind === NodeKind.collection ? "marker" : "group";
    },
  };
}

/** The script or module a Python command line runs, as its user would call it. */
function programOf(commandLine: readonly string[]): string {
  const [first = "", ...rest] = commandLine;
  const module = rest.indexOf("-m");
  if (module >= 0 && rest[module + 1] !== undefined) return rest[module + 1]!;
  const script = rest.find((argument) => !argument.startsWith("-"));
  return (script ?? first).split("/").at(-1) ?? "";
}
