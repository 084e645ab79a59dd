import type { Nanoseconds } from "../base/units.ts";
import { sumQuality } from "../profile/report.ts";
import type { Mode } from "../profile/sample-filter.ts";
import type { Block, QualityRow, Recording, RecordingEnd, RecordingMeta } from "../profile/tables.ts";
import { type Json, decodeEnd, decodeMetaRow, decodeQuality, object } from "./recording/decode-rows.ts";

/** What other programs' formats have no words for, kept in a member of our own so that reading it back finds it. */
export interface OwnData {
  readonly meta: RecordingMeta;
  readonly isComplete: boolean;
  readonly duration: Nanoseconds;
  readonly end: RecordingEnd | null;
  /** Of the whole recording. */
  readonly quality: readonly QualityRow[];
}

/** Gathers it while a recording is gone through anyway. */
export class OwnDataBuilder {
  readonly #quality: QualityRow[] = [];
  #end: RecordingEnd | null = null;

  add({ quality, end }: Block): void {
    for (const row of quality) this.#quality.push(row);
    this.#end = end ?? this.#end;
  }

  get end(): RecordingEnd | null {
    return this.#end;
  }

  /** As JSON. `mode` is what the file shows. */
  toJson({ meta, isComplete }: Recording, mode: Mode, duration: Nanoseconds): object {
    const sum = sumQuality(this.#quality);
    const hasQuality = this.#quality.length > 0 && Object.values(sum).every((value) => Number.isSafeInteger(value));
    return { ...meta, mode, isComplete, duration, end: this.#end, quality: hasQuality ? sum : null };
  }
}

/** Throws `bad-recording`. */
export function decodeOwnData(value: unknown): OwnData {
  const json: Json = object(value);
  const { duration } = json;
  return {
    meta: decodeMetaRow(json),
    isComplete: json["isComplete"] !== false,
    duration: typeof duration === "number" && duration >= 0 && Number.isSafeInteger(duration) ? duration : 0,
    end: isMissing(json["end"]) ? null : decodeEnd(json["end"]),
    quality: isMissing(json["quality"]) ? [] : [decodeQuality(object(json["quality"]))],
  };
}

/** The end of what was read: as the file says, else the last time that was seen. */
export function lastBlock(block: Block, own: OwnData | null, last: Nanoseconds): Block {
  return { ...block, quality: own?.quality ?? [], end: own?.end ?? { duration: Math.max(own?.duration ?? 0, last), reason: "" } };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}
