import type { Nanoseconds } from "../../src/base/units.ts";
import type { Window } from "./visible-boxes.ts";

/** Round moments inside the window, five to ten of them: 1, 2 or 5 times a power of ten apart. */
export function ticksFor(window: Window): Nanoseconds[] {
  const rough = (window.end - window.start) / 10;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const first = Math.ceil(window.start / step);
  const last = Math.floor(window.end / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
