import { LynceusError } from "../../base/errors.ts";
import type { Nanoseconds } from "../../base/units.ts";

/** Durations and rates as people type them. */

const unitSizes = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9 } as const;
type Unit = keyof typeof unitSizes;
const rateSizes = { hz: 1, khz: 1e3, mhz: 1e6 } as const;

export interface DurationRule {
  /** As the user wrote it: "--interval". */
  readonly option: string;
  /** What a number without a unit counts. */
  readonly plainUnit: "us" | "ms" | "s";
  readonly least: Nanoseconds;
  readonly most: Nanoseconds;
  /** The bounds in words: "from 1us to 1h". */
  readonly range: string;
  readonly example: string;
}

const unitNames = { us: "microseconds", ms: "milliseconds", s: "seconds" } as const;

/** "100us", "1ms", "2.5s", or a plain number in the rule's unit. Throws `bad-arguments` with what is allowed. */
export function parseDuration(text: string, rule: DurationRule): Nanoseconds {
  const parts = /^(-?\d*\.?\d+)\s*([a-zµμ]*)$/i.exec(text.trim());
  const unit = (parts?.[2] === "" ? rule.plainUnit : parts?.[2]?.toLowerCase()) ?? "";
  if (parts === null || !Object.hasOwn(unitSizes, unit)) {
    throw new LynceusError("bad-arguments", `${rule.option} takes a duration, not ${quote(text)}`, {
      hint: `write a number with us, ms, s, min or h, such as ${rule.example}; a plain number is in ${unitNames[rule.plainUnit]}`,
    });
  }
  const duration = Math.round(Number(parts[1]) * unitSizes[unit as Unit]);
  if (!(duration >= rule.least && duration <= rule.most)) {
    throw new LynceusError("bad-arguments", `${rule.option} must be ${rule.range}, not ${quote(text)}`, { hint: `such as ${rule.example}` });
  }
  return duration;
}

export const intervalRule: DurationRule = {
  option: "--interval",
  plainUnit: "us",
  least: unitSizes.us,
  most: unitSizes.h,
  range: "from 1us to 1h",
  example: "100us or 1ms",
};
export const exposureRule: DurationRule = {
  option: "--exposure",
  plainUnit: "s",
  least: unitSizes.ms,
  most: 30 * 24 * unitSizes.h,
  range: "from 1ms to 720h",
  example: "30s or 5min",
};
export const timeoutRule: DurationRule = {
  option: "--timeout",
  plainUnit: "ms",
  least: unitSizes.ms,
  most: unitSizes.h,
  range: "from 1ms to 1h",
  example: "500ms or 10s",
};

export const stretchRule: DurationRule = {
  option: "--stretch-over",
  plainUnit: "ms",
  least: 0,
  most: unitSizes.h,
  range: "from 0 to 1h",
  example: "20ms or 1s",
};

export const pushEveryRule: DurationRule = {
  option: "--push-every",
  plainUnit: "s",
  least: unitSizes.s,
  most: unitSizes.h,
  range: "from 1s to 1h",
  example: "10s or 1min",
};

/** "1khz", "250", "1.5 kHz" (plain: per second), as the interval between two samples. Throws `bad-arguments`. */
export function parseRate(text: string): Nanoseconds {
  const parts = /^(-?\d*\.?\d+)\s*(hz|khz|mhz)?$/i.exec(text.trim());
  const hint = "write samples per second, such as 250, 1khz or 20khz";
  if (parts === null) throw new LynceusError("bad-arguments", `--rate takes a rate, not ${quote(text)}`, { hint });
  const perSecond = Number(parts[1]) * rateSizes[(parts[2]?.toLowerCase() ?? "hz") as keyof typeof rateSizes];
  const interval = Math.round(1e9 / perSecond);
  if (!(interval >= intervalRule.least && interval <= intervalRule.most)) {
    throw new LynceusError("bad-arguments", `--rate must be from one an hour to 1mhz, not ${quote(text)}`, { hint });
  }
  return interval;
}

/** A whole number from `least` on, such as `--limit 20`. Throws `bad-arguments`. */
export function parseCount(text: string, option: string, least: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least)) throw new LynceusError("bad-arguments", `${option} takes a whole number from ${least} on, not ${quote(text)}`);
  return count;
}

/** What the user typed, short enough for one line. */
function quote(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"`;
}
