import { NONE } from "../../src/profile/tables.ts";
import { rowCount, rowOf, type BoxIndex, type Boxes } from "./boxes.ts";
import { paintRow, type Window } from "./visible-boxes.ts";
import type { Inks } from "./palette.ts";

export const rowHeight = 20;
export const fontOfBoxes = '12px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

const textInset = 5;
/** Labels longer than this are cut before they are measured: a name may be of any length. */
const longestLabel = 512;

/** How the boxes look, by node. */
export interface Look {
  readonly inks: Inks;
  readonly fill: (node: number) => string;
  readonly name: (node: number) => string;
  /** Shown faintly behind the name, when there is room. */
  readonly place: (node: number) => string;
  readonly share: (node: number) => string;
  /** Marked with a line below: the other places of the function that was picked. */
  readonly isPicked: (node: number) => boolean;
  /** Null: no search. */
  readonly isMatch: ((node: number) => boolean) | null;
}

export interface Picture {
  readonly boxes: Boxes;
  readonly window: Window;
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly hovered: BoxIndex;
  readonly selected: BoxIndex;
}

/**
 * Paints what can be seen, in CSS pixels. Only visible rows are looked at, and of them only as many boxes as there are
 * pixels; runs of narrow boxes with one colour become one rectangle.
 */
export function paintBoxes(canvas: CanvasRenderingContext2D, picture: Picture, look: Look): void {
  const { boxes, window, width, height, scrollTop } = picture;
  canvas.fillStyle = look.inks.background;
  canvas.fillRect(0, 0, width, height);
  canvas.font = fontOfBoxes;
  canvas.textBaseline = "middle";
  const characterWidth = canvas.measureText("0").width;
  const firstRow = Math.max(0, Math.floor(scrollTop / rowHeight));
  const lastRow = Math.min(rowCount(boxes) - 1, Math.floor((scrollTop + height) / rowHeight));
  for (let row = firstRow; row <= lastRow; row++) {
    const top = row * rowHeight - scrollTop;
    let runColour = "";
    let runStart = 0;
    let runEnd = 0;
    const flush = (): void => {
      if (runEnd === runStart) return;
      canvas.fillStyle = runColour;
      canvas.fillRect(runStart, top, runEnd - runStart, rowHeight - 1);
      runStart = runEnd = 0;
    };
    paintRow(boxes, row, window, width, (box, x, boxWidth) => {
      const node = boxes.node[box]!;
      const matches = look.isMatch === null ? null : look.isMatch(node);
      const colour = matches === null ? look.fill(node) : matches ? look.inks.match : look.inks.dimmed;
      if (boxWidth < 3) {
        if (colour !== runColour || x > runEnd + 0.01) {
          flush();
          runColour = colour;
          runStart = x;
        }
        runEnd = x + boxWidth;
        return;
      }
      flush();
      canvas.fillStyle = colour;
      canvas.fillRect(x, top, boxWidth - 1, rowHeight - 1);
      if (look.isPicked(node)) {
        canvas.fillStyle = look.inks.outline;
        canvas.fillRect(x, top + rowHeight - 4, boxWidth - 1, 3);
      }
      if (boxWidth > 3 * characterWidth + 2 * textInset) paintLabel(canvas, look, node, matches, x, top, boxWidth, characterWidth);
    });
    flush();
  }
  outline(canvas, picture, look, picture.hovered, 1);
  outline(canvas, picture, look, picture.selected, 2);
}

function paintLabel(
  canvas: CanvasRenderingContext2D,
  look: Look,
  node: number,
  matches: boolean | null,
  x: number,
  top: number,
  boxWidth: number,
  characterWidth: number,
): void {
  const ink = matches === null ? look.inks.text : matches ? look.inks.matchText : look.inks.dimmedText;
  const faint = matches === null ? look.inks.faintText : ink;
  const room = Math.floor((boxWidth - 2 * textInset) / characterWidth);
  const middle = top + rowHeight / 2;
  const write = (text: string, at: number, colour: string): void => {
    canvas.fillStyle = colour;
    // The width only matters for characters wider than the font's own, which are squeezed instead of running out.
    canvas.fillText(text, x + textInset + at * characterWidth, middle, text.length * characterWidth + 1);
  };
  const name = fit(look.name(node), room);
  write(name, 0, ink);
  const share = look.share(node);
  const hasShare = room >= name.length + share.length + 3;
  if (hasShare) write(share, room - share.length, faint);
  const place = look.place(node);
  const left = room - name.length - 2 - (hasShare ? share.length + 2 : 0);
  if (place !== "" && left >= Math.min(8, place.length)) write(fit(place, left), name.length + 2, faint);
}

function fit(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.min(longestLabel, Math.max(1, room - 1)))}…`;
}

function outline(canvas: CanvasRenderingContext2D, picture: Picture, look: Look, box: BoxIndex, lineWidth: number): void {
  const { boxes, window, width, scrollTop } = picture;
  if (box === NONE || box >= boxes.length) return;
  const scale = width / (window.end - window.start);
  const left = Math.max(-4, (boxes.start[box]! - window.start) * scale);
  const right = Math.min(width + 4, (boxes.end[box]! - window.start) * scale);
  if (right < 0 || left > width) return;
  canvas.strokeStyle = look.inks.outline;
  canvas.lineWidth = lineWidth;
  const inset = lineWidth / 2;
  canvas.strokeRect(left + inset, rowOf(boxes, box) * rowHeight - scrollTop + inset, Math.max(right - left - 1, 2) - lineWidth, rowHeight - 1 - lineWidth);
}
