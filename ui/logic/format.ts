import type { Nanoseconds } from "../../src/base/units.ts";

/** Three digits and a unit: "1.23 s", "45.6 ms", "12 min 05 s". */
export function formatTime(time: Nanoseconds): string {
  if (!(time > 0)) return "0 s";
  if (time < 1e3) return `${Math.round(time)} ns`;
  if (time < 999.5e3) return `${threeDigits(time / 1e3)} µs`;
  if (time < 999.5e6) return `${threeDigits(time / 1e6)} ms`;
  if (time < 59.95e9) return `${threeDigits(time / 1e9)} s`;
  const seconds = Math.round(time / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** "12.3 %"; what is there is never shown as nothing, what is not whole never as all. */
export function formatShare(share: number): string {
  if (!(share > 0)) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  if (share >= 1) return "100 %";
  if (share > 0.999) return "> 99.9 %";
  return `${(share * 100).toFixed(1)} %`;
}

/** With thin spaces between thousands. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function pad(value: number): string {
  return value.toString().padStart(2, "0");
}
