import { totalmem } from "node:os";
import type { Pid } from "../../../base/units.ts";
import { type AustinMetadata, type AustinMetric, AustinStream, headOf } from "../../../formats/austin/austin-stream.ts";
import { TextRenderer } from "../../../formats/austin/text-renderer.ts";
import type { WriteOptions } from "../../../formats/format.ts";
import { MojoRenderer } from "../../../formats/mojo/mojo-renderer.ts";
import { openProcessImage } from "../../../os/process-image.ts";
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
  /** Say where which file is mapped, as austinp does. */
  readonly showsMappings: boolean;
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
    const { version, metric, write, withChildren, showsMappings } = this.#options;
    const [process] = first.processes;
    const python = process?.pythonVersion ?? "";
    const maps = showsMappings && process !== undefined ? mappingsOf(process.pid) : [];
    const pythonLine: AustinMetadata = python === "" ? [] : [["python", python]];
    const head = headOf(session.meta, write, metric, version);
    const memory: AustinMetadata = metric === "time" ? [] : [["memory", `${Math.floor(totalmem() / 1024)}`]];
    // The order is Austin's.
    return this.#stream.begin([
      ...maps,
      ...(withChildren ? [...pythonLine, ...head, ...memory, ["multiprocess", "on"] as const] : [...head, ...memory, ...pythonLine]),
    ]);
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

/** Files only; none when the process is gone by now. */
function mappingsOf(pid: Pid): AustinMetadata {
  using image = openProcessImage(pid);
  const mapped = image?.mappings.filter(({ path }) => path !== "" && !path.startsWith("[")) ?? [];
  return mapped.map(({ start, end, path }) => ["map", `${start.toString(16)}-${end.toString(16)} ${path}`]);
}
