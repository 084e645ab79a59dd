/**
 * Text that came from a target, a file or the user, made safe to print: whatever could move the cursor, change colours,
 * reorder or hide text becomes a visible escape. That is C0 and C1 controls, line and paragraph separators, directional
 * formatting, invisible tags, and halves of surrogate pairs.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escape);
}

const unprintable = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  if (code === 0x09) return "\\t";
  if (code === 0x0a) return "\\n";
  if (code === 0x0d) return "\\r";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}

/** Columns of a terminal that printable text takes: two for East Asian wide and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;
const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Cuts printable text to at most `width` columns, with an ellipsis at the end, or at the start for `keep: "end"`. */
export function fitWidth(text: string, width: number, keep: "start" | "end" = "start"): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text];
  if (keep === "end") characters.reverse();
  let kept = "";
  let room = Math.max(0, width - 1);
  for (const character of characters) {
    room -= displayWidth(character);
    if (room < 0) break;
    kept = keep === "end" ? character + kept : kept + character;
  }
  return keep === "end" ? `…${kept}` : `${kept}…`;
}
