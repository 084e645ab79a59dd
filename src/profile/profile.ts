import type { Nanoseconds } from "../base/units.ts";
import { newSampleColumns, newWaitColumns } from "./sample-columns.ts";
import { TablesBuilder, type Tables, appendTable } from "./tables-builder.ts";
import type { Block, QualityRow, Recording, RecordingEnd, RecordingMeta, RenameRow, SampleColumns, WaitColumns } from "./tables.ts";

/** A whole recording in memory, about 49 bytes a sample: for views that need time order or random access. */
export interface Profile extends Tables {
  readonly meta: RecordingMeta;
  readonly isComplete: boolean;
  readonly renames: readonly RenameRow[];
  /** Columns may be longer than `length`. */
  readonly samples: SampleColumns;
  readonly waits: WaitColumns;
  readonly quality: readonly QualityRow[];
  readonly end: RecordingEnd | null;
}

/** Grows by blocks, and is a `Profile` at any moment: a live view reads it while it grows. */
export class ProfileBuilder extends TablesBuilder implements Profile {
  readonly meta: RecordingMeta;
  isComplete = false;
  readonly renames: RenameRow[] = [];
  readonly quality: QualityRow[] = [];
  end: RecordingEnd | null = null;
  readonly samples: SampleColumns = newSampleColumns(0);
  readonly waits: WaitColumns = newWaitColumns(0);

  constructor(meta: RecordingMeta) {
    super();
    this.meta = meta;
  }

  override add(block: Block): void {
    super.add(block);
    for (const row of block.renames) this.renames.push(row);
    for (const row of block.quality) this.quality.push(row);
    appendTable(this.samples, block.samples);
    appendTable(this.waits, block.waits);
    this.end = block.end ?? this.end;
  }
}

export function loadProfile(recording: Recording): Profile {
  const builder = new ProfileBuilder(recording.meta);
  for (const block of recording.blocks()) builder.add(block);
  builder.isComplete = recording.isComplete;
  return builder;
}

/** As the recording's end says, else the time of the last sample or quality row. */
export function durationOf(profile: Pick<Profile, "end" | "samples" | "quality">): Nanoseconds {
  if (profile.end !== null) return profile.end.duration;
  let last = profile.quality.at(-1)?.time ?? 0;
  for (let row = 0; row < profile.samples.length; row++) last = Math.max(last, profile.samples.time[row]!);
  return last;
}
