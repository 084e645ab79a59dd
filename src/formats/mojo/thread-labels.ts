import type { Pid } from "../../base/units.ts";
import type { Tables } from "../../profile/tables-builder.ts";
import type { ThreadIndex } from "../../profile/tables.ts";
import { plainName } from "../plain-name.ts";

/** As Austin writes the id of a thread. */
export const idPattern: RegExp = /^[0-9a-f]{1,12}$/;

/**
 * What threads are called in MOJO, which has one text for each: its id in hexadecimal digits, as in Austin 3, or its
 * name. A name that another thread of the process has taken gets the id after it; one that looks like an id is not used.
 */
export class ThreadLabels {
  readonly #tables: Tables;
  readonly #kind: "ids" | "names";
  readonly #labels: string[] = [];
  readonly #taken = new Set<string>();

  constructor(tables: Tables, kind: "ids" | "names") {
    this.#tables = tables;
    this.#kind = kind;
  }

  /** Stays what it is from the first time on that the thread had a name. */
  of(thread: ThreadIndex, pid: Pid): string {
    const known = this.#labels[thread];
    if (known !== undefined) return known;
    const tid = this.#tables.threads[thread]?.tid ?? 0;
    const name = this.#kind === "ids" ? "" : plainName(this.#tables.threadNames[thread] ?? "", new Map());
    if (name === "" || idPattern.test(name)) return tid.toString(16);
    const label = this.#taken.has(`${pid} ${name}`) ? `${name} (${tid})` : name;
    this.#taken.add(`${pid} ${name}`);
    this.#labels[thread] = label;
    return label;
  }
}
