import { basename, join } from "node:path";
import type { Command } from "commander";
import { LynceusError } from "../../base/errors.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import { openInputFile } from "../../formats/files/input-file.ts";
import { htmlFormat } from "../../formats/html/html-format.ts";
import { createCommand, parseArguments } from "../options/arguments.ts";
import { writeOptionsFrom } from "../options/write-options.ts";
import { checkOutput } from "../output/check-output.ts";
import { openPage } from "../output/open-page.ts";
import { pageFolder } from "../output/page-folder.ts";
import { writeOutput } from "../output/write-output.ts";
import { printable } from "../text/printable.ts";
import { type ColorChoice, createPaint } from "../text/terminal.ts";

interface ViewFlags {
  readonly output?: string;
  readonly open: boolean;
  readonly color: ColorChoice;
}

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "view",
    summary: "Show a recording of any format in the browser: a page in one file, without a server.",
    examples: [
      { line: "lynceus view app.lyn", does: "in the browser of BROWSER, or of the desktop" },
      { line: "lynceus view --no-open app.austin", does: "only says where the page is" },
      { line: "lynceus view app.lyn -o app.html", does: "keeps the page" },
    ],
  })
    .argument("<file>", "a recording, or anything that holds one")
    .option("-o, --output <file>", "where to write the page (default: a temporary file, which is gone after a day)")
    .option("--no-open", "print where the page is, and open nothing")
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus view FILE` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<ViewFlags>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  const file = operands[0] ?? "";
  const page = await pageOf(file, options.output ?? null);
  const name = createPaint(process.stderr, options.color)("bold", "lynceus:");
  if (options.open && (await openPage(page))) process.stderr.write(`${name} opened ${printable(page)}\n`);
  else {
    process.stdout.write(`${page}\n`);
    if (options.open)
      process.stderr.write(`${name} there is no browser here that could be opened (BROWSER, or xdg-open and a display): open that file in one\n`);
  }
  return 0;
}

/** A page stays where it is; of everything else one is made. */
async function pageOf(file: string, output: string | null): Promise<string> {
  const recording = openRecordingFile(file);
  if (output === null && isPage(file)) return file;
  // A page under the name of a recording would hide it, or be written over it.
  if (output !== null && !htmlFormat.extensions.some((extension) => output.toLowerCase().endsWith(extension))) {
    throw new LynceusError("bad-arguments", `${output} is no name of a page`, { hint: "such as: -o app.html; lynceus convert writes other formats" });
  }
  const path = output ?? join(pageFolder(), `${basename(file).replace(/\.(gz|lyn)$/i, "")}-${process.pid}.html`);
  const plan = { path, format: htmlFormat, isGzipped: false };
  checkOutput(plan);
  await writeOutput(plan, path, recording, writeOptionsFrom({}, recording.meta.mode));
  return path;
}

function isPage(file: string): boolean {
  const source = openInputFile(file);
  try {
    return htmlFormat.detect(source.read(0, 4096));
  } finally {
    source.close();
  }
}
