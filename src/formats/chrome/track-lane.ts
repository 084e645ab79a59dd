import type { ThreadIndex } from "../../profile/tables.ts";

/**
 * One track of a thread, as asynchronous slices: viewers give them a row by their id and call it by its first slice, so one named after the
 * thread is around all the others.
 */
export class TrackLane {
  readonly #name: string;
  readonly #id: string;
  #isBegun = false;
  #open: string | null = null;

  constructor(title: string, category: string, thread: ThreadIndex) {
    this.#name = JSON.stringify(`${title}: ${category}`);
    this.#id = `"cat":"${category}","id2":{"local":"${thread}.${category}"}`;
  }

  /** `where`: the time and the thread, as JSON members. Null: nothing is open from here on. */
  *show(name: string | null, where: string): Generator<string> {
    if (name === this.#open) return;
    if (!this.#isBegun) yield `{"ph":"b","name":${this.#name},${this.#id},${where}}`;
    this.#isBegun = true;
    if (this.#open !== null) yield `{"ph":"e","name":"${this.#open}",${this.#id},${where}}`;
    if (name !== null) yield `{"ph":"b","name":"${name}",${this.#id},${where}}`;
    this.#open = name;
  }

  *end(where: string): Generator<string> {
    yield* this.show(null, where);
    if (this.#isBegun) yield `{"ph":"e","name":${this.#name},${this.#id},${where}}`;
  }
}
