import { LynceusError } from "../../base/errors.ts";
import type { Format } from "../../formats/format.ts";
import { findFormatByName, findFormatByPath, formats, isGzippedAs } from "../../formats/registry.ts";
import { findNearest } from "../options/nearest.ts";

/** A file to be written: where, and as what. */
export interface OutputPlan {
  /** May hold %(pid); "-" is stdout. Null: a name made of the program's, with the format's extension. */
  readonly path: string | null;
  readonly format: Format;
  readonly isGzipped: boolean;
}

const defaultFormatName = "html";
const writable: readonly Format[] = formats.filter(({ write }) => write !== null);

/** What -o (several) and -F ask for. Throws `bad-arguments`, which tells of the formats that are `able`. */
export function planOutputs(paths: readonly string[], formatName: string | null, able: readonly Format[] = writable): readonly OutputPlan[] {
  const chosen = formatName === null ? null : formatByName(formatName);
  if (paths.length === 0) {
    const format = chosen ?? formatByName(defaultFormatName);
    return [{ path: null, format, isGzipped: isGzippedAs(format, null) }];
  }
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice !== undefined) throw new LynceusError("bad-arguments", `${twice} is given twice as an output`);
  return paths.map((path) => planOutput(path, chosen, able));
}

function planOutput(path: string, chosen: Format | null, able: readonly Format[]): OutputPlan {
  if (path === "") throw new LynceusError("bad-arguments", "the name of the output is empty", { hint: "such as: -o profile.html" });
  if (chosen !== null) return { path, format: chosen, isGzipped: isGzippedAs(chosen, path) };
  if (path === "-")
    throw new LynceusError("bad-arguments", "stdout has no extension that could tell the format", {
      hint: `add one of: ${able.map(({ name }) => `-F ${name}`).join(", ")}`,
    });
  const found = findFormatByPath(path);
  if (found !== null && found.format.write !== null) return { path, ...found };
  const extensions = able.flatMap((format) => format.extensions);
  throw new LynceusError("bad-arguments", `no format goes by the name ${path}`, {
    hint: `${suggestion(path, extensions)}known extensions: ${extensions.join(" ")} (and .gz after them); or name the format with -F`,
  });
}

function suggestion(path: string, extensions: readonly string[]): string {
  // ".speedscop.json" as a whole before its end alone.
  for (const form of [/^(.*?)(\.[^./]+\.[^./]+?)(\.gz)?$/is, /^(.*?)(\.[^./]*)(\.gz)?$/is]) {
    const [, start = "", extension = "", gzipped = ""] = form.exec(path) ?? [];
    const alike = extensions.filter((one) => one.split(".").length === extension.split(".").length);
    const nearest = extension === "" ? null : findNearest(extension, alike);
    if (nearest !== null) return `did you mean ${start}${nearest}${gzipped}? `;
  }
  return "";
}

/** Throws `bad-arguments` for a name that is unknown, or that can only be read. */
export function formatByName(name: string): Format {
  const format = findFormatByName(name);
  if (format !== null && format.write !== null) return format;
  const names = writable.map((one) => one.name);
  const nearest = findNearest(name, names);
  throw new LynceusError("bad-arguments", `${name} is no format that can be written`, {
    hint: `${nearest === null ? "" : `did you mean ${nearest}? `}formats: ${names.join(", ")}`,
  });
}
