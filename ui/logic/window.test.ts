import fc from "fast-check";
import { expect, test } from "vitest";
import { between, clampWindow, panBy, wholeWindow, zoomAround } from "./window.ts";

const extent = 1e9;

test("zooming keeps what is under the pointer there", () => {
  const zoomed = zoomAround({ start: 0, end: extent }, extent, 3e8, 2);
  expect(zoomed.end - zoomed.start).toBeCloseTo(5e8);
  expect((3e8 - zoomed.start) / (zoomed.end - zoomed.start)).toBeCloseTo(0.3);
});

test("no window leaves the axis or becomes too small, whatever is done", () => {
  const step = fc.oneof(
    fc.record({ at: fc.double({ min: 0, max: extent, noNaN: true }), factor: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
    fc.record({ share: fc.double({ min: -5, max: 5, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let window = wholeWindow(extent);
      for (const next of steps) {
        window =
          "share" in next ? panBy(window, extent, next.share) : zoomAround(window, extent, Math.min(Math.max(next.at, window.start), window.end), next.factor);
        expect(window.start).toBeGreaterThanOrEqual(0);
        expect(window.end).toBeLessThanOrEqual(extent * (1 + 1e-9));
        expect(window.end - window.start).toBeGreaterThan(99);
      }
    }),
  );
});

test("panning stops at the ends and keeps the span", () => {
  expect(panBy({ start: 0, end: 100_000 }, extent, -1)).toEqual({ start: 0, end: 100_000 });
  expect(panBy({ start: extent - 1000, end: extent }, extent, 1)).toEqual({ start: extent - 1000, end: extent });
  expect(clampWindow({ start: -50, end: 50_000 }, extent)).toEqual({ start: 0, end: 50_050 });
});

test("an empty axis has a window all the same", () => {
  expect(wholeWindow(0)).toEqual({ start: 0, end: 1 });
  expect(clampWindow({ start: 0, end: 0 }, 0)).toEqual({ start: 0, end: 1 });
});

test("on the way from one window to another it starts at one and ends at the other", () => {
  const from = { start: 0, end: 100 };
  const to = { start: 40, end: 60 };
  expect(between(from, to, 0)).toEqual(from);
  expect(between(from, to, 1)).toEqual(to);
  expect(between(from, to, 0.5).start).toBeGreaterThan(20);
});
