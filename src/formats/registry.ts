import { austinFormat } from "./austin/austin-format.ts";
import { chromeFormat } from "./chrome/chrome-format.ts";
import { collapsedFormat } from "./collapsed/collapsed-format.ts";
import type { Format } from "./format.ts";
import { geckoFormat } from "./gecko/gecko-format.ts";
import { htmlFormat } from "./html/html-format.ts";
import { jsonlFormat } from "./jsonl/jsonl-format.ts";
import { mojoFormat } from "./mojo/mojo-format.ts";
import { otlpFormat } from "./otlp/otlp-format.ts";
import { pprofFormat } from "./pprof/pprof-format.ts";
import { lynFormat } from "./recording/lyn-format.ts";
import { speedscopeFormat } from "./speedscope/speedscope-format.ts";

/** A new format is a file and a line here. In the order in which contents are tried: the loosest last. */
export const formats: readonly Format[] = [
  lynFormat,
  htmlFormat,
  jsonlFormat,
  speedscopeFormat,
  geckoFormat,
  chromeFormat,
  mojoFormat,
  austinFormat,
  pprofFormat,
  otlpFormat,
  collapsedFormat,
];

const gzipExtension = ".gz";

/** What a file name asks for. */
export interface NamedFormat {
  readonly format: Format;
  readonly isGzipped: boolean;
}

/** By the end of the name, case aside; null when no format has it. */
export function findFormatByPath(path: string): NamedFormat | null {
  const lower = path.toLowerCase();
  const name = lower.endsWith(gzipExtension) ? lower.slice(0, -gzipExtension.length) : lower;
  const format = formats.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension) || lower.endsWith(extension)));
  return format === undefined ? null : { format, isGzipped: isGzippedAs(format, path) };
}

/** Whether a file of this format and name is gzipped; null: one that has no name yet, or none at all (stdout). */
export function isGzippedAs({ plainExtensions }: Format, path: string | null): boolean {
  const lower = path?.toLowerCase() ?? "";
  return lower.endsWith(gzipExtension) || (plainExtensions !== undefined && !plainExtensions.some((extension) => lower.endsWith(extension)));
}

export function findFormatByName(name: string): Format | null {
  return formats.find((format) => format.name === name) ?? null;
}
