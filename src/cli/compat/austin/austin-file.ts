import { totalmem } from "node:os";
import { type AustinMetric, AustinStream, headOf } from "../../../formats/austin/austin-stream.ts";
import { TextRenderer } from "../../../formats/austin/text-renderer.ts";
import { type WriteOptions, defaultWriteOptions } from "../../../formats/format.ts";
import { MojoRenderer } from "../../../formats/mojo/mojo-renderer.ts";
import type { Block, ProcessRow } from "../../../profile/tables.ts";
import type { Session, SessionOutcome } from "../../../sampler/session-options.ts";
import type { LiveFile } from "../record-live.ts";
import type { AustinArguments } from "./arguments.ts";
import type { Flavor } from "./flavors.ts";
import { statisticsMetadata } from "./messages.ts";

/** What Austin writes while it samples. */
export class AustinFile implements LiveFile {
  readonly #flavor: Flavor;
  readonly #given: AustinArguments;
  readonly #options: WriteOptions;
  readonly #metric: AustinMetric;
  readonly #stream: AustinStream;
  readonly #onProcess: (process: ProcessRow, isFirst: boolean) => void;
  #hasProcess = false;

  constructor(flavor: Flavor, given: AustinArguments, onProcess: (process: ProcessRow, isFirst: boolean) => void) {
    this.#flavor = flavor;
    this.#given = given;
    this.#onProcess = onProcess;
    this.#options = { ...defaultWriteOptions, mode: given.metric === "cpu" ? "cpu" : "wall", showCollections: given.showCollections };
    const metric = given.metric === "full" || given.metric === "memory" ? given.metric : "time";
    this.#metric = metric;
    this.#stream = new AustinStream(this.#options, metric, (tables) =>
      given.isBinary ? new MojoRenderer(tables, metric, flavor.name === "austin4" ? "names" : "ids") : new TextRenderer(tables, metric),
    );
  }

  /** Of the garbage collector. */
  get collecting(): number | null {
    return this.#given.showCollections ? this.#stream.collecting : null;
  }

  begin(session: Session, first: Block): Iterable<string | Uint8Array> {
    const python = first.processes[0]?.pythonVersion ?? "";
    const pythonLine: readonly (readonly [string, string])[] = python === "" ? [] : [["python", python]];
    const head = headOf(session.meta, this.#options, this.#metric, this.#flavor.version);
    const { withChildren } = this.#given;
    const memory = this.#metric !== "time" ? ([["memory", `${Math.floor(totalmem() / 1024)}`]] as const) : [];
    // The order is Austin's.
    return this.#stream.begin(withChildren ? [...pythonLine, ...head, ...memory, ["multiprocess", "on"]] : [...head, ...memory, ...pythonLine]);
  }

  add(block: Block): Iterable<string | Uint8Array> {
    for (const process of block.processes) {
      this.#onProcess(process, !this.#hasProcess);
      this.#hasProcess = true;
    }
    return this.#stream.add(block);
  }

  end(outcome: SessionOutcome): Iterable<string | Uint8Array> {
    return this.#stream.end([...this.#stream.tail(true), ...(outcome.totals.samples === 0 ? [] : statisticsMetadata(outcome))]);
  }
}
