import { totalmem } from "node:os";
import { type AustinMetadata, type AustinMetric, AustinStream, headOf } from "../../../formats/austin/austin-stream.ts";
import { TextRenderer } from "../../../formats/austin/text-renderer.ts";
import type { WriteOptions } from "../../../formats/format.ts";
import { MojoRenderer } from "../../../formats/mojo/mojo-renderer.ts";
import type { Block, ProcessRow } from "../../../profile/tables.ts";
import type { Session, SessionOutcome } from "../../../sampler/session-options.ts";
import type { LiveFile } from "../record-live.ts";
import { statisticsMetadata } from "./messages.ts";

export interface AustinFileOptions {
  /** Of the Austin that is stood in for. */
  readonly version: string;
  readonly metric: AustinMetric;
  /** Its mode, and whether collections are shown. */
  readonly write: WriteOptions;
  /** MOJO, with these as names of threads; else text. */
  readonly binary: "ids" | "names" | null;
  readonly withChildren: boolean;
}

/** What Austin writes while it samples. */
export class AustinFile implements LiveFile {
  readonly #options: AustinFileOptions;
  readonly #stream: AustinStream;
  readonly #onProcess: (process: ProcessRow, isFirst: boolean) => void;
  #hasProcess = false;

  constructor(options: AustinFileOptions, onProcess: (process: ProcessRow, isFirst: boolean) => void) {
    this.#options = options;
    this.#onProcess = onProcess;
    const { metric, binary } = options;
    this.#stream = new AustinStream(options.write, metric, (tables) =>
      binary === null ? new TextRenderer(tables, metric) : new MojoRenderer(tables, metric, binary),
    );
  }

  /** Of the garbage collector; null when it is not shown. */
  get collecting(): number | null {
    return this.#options.write.showCollections ? this.#stream.collecting : null;
  }

  begin(session: Session, first: Block): Iterable<string | Uint8Array> {
    const { version, metric, write, withChildren } = this.#options;
    const python = first.processes[0]?.pythonVersion ?? "";
    const pythonLine: AustinMetadata = python === "" ? [] : [["python", python]];
    const head = headOf(session.meta, write, metric, version);
    const memory: AustinMetadata = metric === "time" ? [] : [["memory", `${Math.floor(totalmem() / 1024)}`]];
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
