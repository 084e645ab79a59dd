import { styleText } from "node:util";

export type ColorChoice = "auto" | "always" | "never";
export const colorChoices: readonly ColorChoice[] = ["auto", "always", "never"];

type Format = Parameters<typeof styleText>[0];
/** Puts colours around text, or leaves it alone. */
export type Paint = (format: Format, text: string) => string;

/** Colours for one stream. "auto" follows NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
export function createPaint(stream: NodeJS.WritableStream, choice: ColorChoice): Paint {
  switch (choice) {
    case "never":
      return plain;
    case "always":
      return (format, text) => styleText(format, text, { validateStream: false });
    case "auto":
      // One by one: Node 20 does not look at the stream when there are several.
      return (format, text) => [format].flat().reduce((styled, one) => styleText(one, styled, { stream, validateStream: true }), text);
  }
}

export const plain: Paint = (_format, text) => text;

/** Columns of the terminal behind a stream; null when it is none, and nothing needs to be cut. */
export function columnsOf(stream: NodeJS.WriteStream): number | null {
  return stream.isTTY ? Math.max(40, stream.columns || 80) : null;
}
