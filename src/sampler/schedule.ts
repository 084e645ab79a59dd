import type { Nanoseconds } from "../base/units.ts";

/** Rounds that could not begin in their interval are made up for within this time. What is further behind is dropped. */
const mostBehind: Nanoseconds = 500e6;

/**
 * When to look next: once in every interval from the start, so that lateness never adds up, at a moment of it that is
 * drawn by lot. A program that does something at whole intervals too would else be seen at the same point of it every
 * time. Rounds whose interval went by are made up for one after the other, with pauses that are drawn by lot, too; what is
 * behind by more than half a second, and by a whole interval or more, is dropped and counted.
 */
export class Schedule {
  readonly #interval: Nanoseconds;
  /** From 0 up to 1, without 1. */
  readonly #random: () => number;
  /** In intervals. */
  readonly #mostBehind: number;
  /** Of the interval whose round is next. */
  #start: Nanoseconds;
  /** The moment of it that was drawn. */
  #drawn: Nanoseconds;
  #deadline: Nanoseconds;
  /** When the interval began in which the last round was: later than what `begin` returned while rounds are made up for. */
  reached: Nanoseconds = 0;
  due = 0;
  late = 0;

  constructor(interval: Nanoseconds, start: Nanoseconds, random: () => number = Math.random) {
    this.#interval = interval;
    this.#random = random;
    this.#mostBehind = Math.floor(mostBehind / interval);
    this.#start = start;
    this.#drawn = this.#deadline = start + this.#draw(interval);
  }

  get deadline(): Nanoseconds {
    return this.#deadline;
  }

  /** Call when a round begins: sets the deadline after it, past those that are given up. Returns when the round's interval began. */
  begin(now: Nanoseconds): Nanoseconds {
    const behind = Math.floor((now - this.#drawn) / this.#interval);
    const missed = Math.max(0, behind - this.#mostBehind);
    this.reached = this.#start + Math.floor((now - this.#start) / this.#interval) * this.#interval;
    this.due += 1 + missed;
    this.late += missed;
    const began = this.#start + missed * this.#interval;
    this.#start = began + this.#interval;
    this.#drawn = this.#start + this.#draw(this.#interval);
    this.#deadline = Math.max(this.#drawn, now + this.#draw(this.#interval / 2));
    return began;
  }

  /** No round comes any more: those that were still to be made up for are late. */
  end(now: Nanoseconds): void {
    const missed = Math.max(0, Math.floor((now - this.#drawn) / this.#interval));
    this.due += missed;
    this.late += missed;
  }

  #draw(length: Nanoseconds): Nanoseconds {
    return Math.floor(this.#random() * length);
  }
}
