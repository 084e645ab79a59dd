import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Gevent } from "./gevent.ts";

/** Greenlets whose parents are looked at in one pass. */
const maxParents = 64;

/** What has to be known of a greenlet to tell whether it is a hub. */
export interface HubCandidate {
  /** The main greenlet of its thread. */
  readonly main: Address;
  /** The file of its oldest frame's code; empty: none. */
  readonly rootFile: string;
}

/** The loop in which eventlet's greenlets take turns is an ordinary greenlet that runs this. */
const eventletHub = /[/\\]eventlet[/\\]hubs[/\\]\w+\.py$/;

/** The hub of each thread: gevent's, or eventlet's. It is the parent of those that take turns in it. */
export class GreenletHubs {
  readonly #gevent: Gevent;
  /** By main greenlet. */
  readonly #hubs = new Map<Address, Address>();

  constructor(gevent: Gevent) {
    this.#gevent = gevent;
  }

  /** 0: there is none, or it has not been found. */
  of(main: Address): Address {
    return this.#hubs.get(main) ?? 0;
  }

  isHub(greenlet: Address, main: Address): boolean {
    return this.#hubs.get(main) === greenlet;
  }

  /** Looks for hubs among the `parents` of all greenlets. */
  update(memory: MemoryReader, greenlets: ReadonlySet<Address>, parents: ReadonlySet<Address>, describe: (greenlet: Address) => HubCandidate | null): void {
    for (const [main, hub] of this.#hubs) if (!greenlets.has(main) || !greenlets.has(hub)) this.#hubs.delete(main);
    const known = new Set(this.#hubs.values());
    let left = maxParents;
    for (const parent of parents) {
      if (known.has(parent) || this.#hubs.has(parent) || left-- === 0) continue;
      const candidate = describe(parent);
      if (candidate === null || candidate.main === parent) continue;
      const isHub = this.#gevent.typeOf(memory, parent)?.library === "gevent hub" || eventletHub.test(candidate.rootFile);
      if (isHub) this.#hubs.set(candidate.main, parent);
    }
  }
}
