import type { Nanoseconds } from "../../base/units.ts";

/** Figures as people read them. The locale is fixed, so that output can be compared and grepped. */

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** "850 us", "12.3 ms", "4.05 s", "3 min 05 s", "2 h 05 min" */
export function formatDuration(duration: Nanoseconds): string {
  if (duration < 999.5e3) return `${significant(duration / 1e3)} us`;
  if (duration < 999.5e6) return `${significant(duration / 1e6)} ms`;
  if (duration < 99.95e9) return `${significant(duration / 1e9)} s`;
  const seconds = Math.round(duration / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** "997 Hz", "20.1 kHz" */
export function formatRate(perSecond: number): string {
  return perSecond < 999.5 ? `${significant(perSecond)} Hz` : `${significant(perSecond / 1e3)} kHz`;
}

/** A share as a percentage that never rounds something to nothing: "0 %", "<0.01 %", "0.25 %", "12.5 %". */
export function formatShare(part: number, whole: number): string {
  const percent = whole > 0 ? (part / whole) * 100 : 0;
  if (percent > 0 && percent < 0.01) return "<0.01 %";
  return `${significant(percent)} %`;
}

/** Three significant digits, without an exponent, without trailing zeros after the point. */
function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, 3));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function pad(count: number): string {
  return String(count).padStart(2, "0");
}
