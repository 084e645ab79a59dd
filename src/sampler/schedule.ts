import type { Nanoseconds } from "../base/units.ts";

/**
 * When to look next: once in every interval from the start, so that lateness never adds up, at a moment of it that is
 * drawn by lot. A program that does something at whole intervals too would else be seen at the same point of it every
 * time. A round that begins a whole interval late or more is dropped and counted.
 */
export class Schedule {
  readonly #interval: Nanoseconds;
  /** From 0 up to 1, without 1. */
  readonly #random: () => number;
  /** Of the interval whose round is next. */
  #start: Nanoseconds;
  #deadline: Nanoseconds;
  due = 0;
  late = 0;

  constructor(interval: Nanoseconds, start: Nanoseconds, random: () => number = Math.random) {
    this.#interval = interval;
    this.#random = random;
    this.#start = start;
    this.#deadline = this.#draw();
  }

  get deadline(): Nanoseconds {
    return this.#deadline;
  }

  /** Call when a round begins: sets the deadline after it, past those that went by. Returns when the round's interval began. */
  begin(now: Nanoseconds): Nanoseconds {
    const missed = Math.max(0, Math.floor((now - this.#deadline) / this.#interval));
    this.due += 1 + missed;
    this.late += missed;
    const began = this.#start + missed * this.#interval;
    this.#start = began + this.#interval;
    this.#deadline = this.#draw();
    return began;
  }

  #draw(): Nanoseconds {
    return this.#start + Math.floor(this.#random() * this.#interval);
  }
}
