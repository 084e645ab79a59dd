import { firstEndingAfter, type BoxIndex, type Boxes, type Position, type RowIndex } from "./boxes.ts";

export interface Window {
  readonly start: Position;
  readonly end: Position;
}

/**
 * Calls `paint` for what can be seen of a row: `x` and `width` in pixels, clipped to the picture, left to right. Boxes
 * narrower than a pixel stand for all that begin in the same one, so a row costs at most one call per pixel, and a
 * binary search each, however many boxes it has.
 */
export function paintRow(boxes: Boxes, row: RowIndex, window: Window, pixels: number, paint: (box: BoxIndex, x: number, width: number) => void): void {
  const scale = pixels / (window.end - window.start);
  const to = boxes.rowStart[row + 1]!;
  let box = firstEndingAfter(boxes, boxes.rowStart[row]!, to, window.start);
  // Rounding may put a place that was searched for just before its pixel: no pixel is painted twice.
  let free = 0;
  while (box < to && boxes.start[box]! < window.end && free < pixels) {
    const left = Math.max(0, (boxes.start[box]! - window.start) * scale);
    const right = Math.min(pixels, (boxes.end[box]! - window.start) * scale);
    if (right - left >= 1) {
      paint(box, left, right - left);
      box++;
    } else {
      const pixel = Math.max(Math.floor(left), free);
      paint(box, pixel, 1);
      free = pixel + 1;
      box = firstEndingAfter(boxes, box + 1, to, window.start + free / scale);
    }
  }
}
