import type { Milliseconds } from "../base/units.ts";

const firstDelay: Milliseconds = 1000;
const mostDelay: Milliseconds = 60_000;
/** A server that asks for more patience than this is asked again nevertheless. */
const mostAskedFor: Milliseconds = 15 * 60_000;

/**
 * How long to wait after the nth failure in a row: doubling, from one second to one minute, of which a random half, so that
 * a fleet does not come back all at once. `random` is from 0 to 1. What the server asks for goes before that.
 */
export function delayAfter(failures: number, askedFor: Milliseconds | null, random: number): Milliseconds {
  if (askedFor !== null) return Math.min(askedFor, mostAskedFor) + random * firstDelay;
  const full = Math.min(mostDelay, firstDelay * 2 ** Math.min(failures - 1, 20));
  return full / 2 + (random * full) / 2;
}

/** The header Retry-After (RFC 9110, 10.2.3): seconds, or a date. Null when it is neither. */
export function parseRetryAfter(text: string | null, now: Milliseconds): Milliseconds | null {
  if (text === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  // Anything that a lenient parser takes for a date is none: "-5", "1.5".
  const date = /^[A-Z][a-z]{2},/.test(text.trim()) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
