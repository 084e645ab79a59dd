import type { Position } from "./boxes.ts";
import type { Window } from "./visible-boxes.ts";

/** A picture is never stretched beyond this: one nanosecond of weight across the whole width says nothing. */
const smallestSpan = 100;

export function wholeWindow(extent: Position): Window {
  return { start: 0, end: Math.max(extent, 1) };
}

/** Keeps the window inside the axis and its span sensible; the span survives where it can. */
export function clampWindow(window: Window, extent: Position): Window {
  const whole = wholeWindow(extent);
  const span = Math.min(whole.end, Math.max(window.end - window.start, Math.min(smallestSpan, whole.end)));
  const start = Math.min(Math.max(0, window.start), whole.end - span);
  return { start, end: start + span };
}

/** `factor` above 1 shows less, larger; what is at `at` stays where it is. */
export function zoomAround(window: Window, extent: Position, at: Position, factor: number): Window {
  const span = Math.min(Math.max((window.end - window.start) / factor, smallestSpan), wholeWindow(extent).end);
  const share = (at - window.start) / (window.end - window.start);
  return clampWindow({ start: at - share * span, end: at - share * span + span }, extent);
}

/** Moves by a share of what is shown. */
export function panBy(window: Window, extent: Position, share: number): Window {
  const distance = (window.end - window.start) * share;
  return clampWindow({ start: window.start + distance, end: window.end + distance }, extent);
}

/** Eased in-between of two windows, `progress` from 0 to 1. */
export function between(from: Window, to: Window, progress: number): Window {
  const eased = 1 - (1 - progress) ** 3;
  return { start: from.start + (to.start - from.start) * eased, end: from.end + (to.end - from.end) * eased };
}
