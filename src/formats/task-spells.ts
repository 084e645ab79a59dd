import type { Nanoseconds } from "../base/units.ts";
import type { Recording, StringIndex, TaskIndex, ThreadIndex } from "../profile/tables.ts";

/** A task that waited for the same from `start` to `end`. */
export interface TaskSpell {
  readonly task: TaskIndex;
  readonly what: StringIndex;
  readonly start: Nanoseconds;
  end: Nanoseconds;
}

/** By thread, in the order of their beginnings: waits that were cut where a block ended are one again. */
export function taskSpells(recording: Recording): ReadonlyMap<ThreadIndex, readonly TaskSpell[]> {
  const byThread = new Map<ThreadIndex, TaskSpell[]>();
  let open = new Map<TaskIndex, TaskSpell>();
  for (const { waits } of recording.blocks()) {
    const seen = new Map<TaskIndex, TaskSpell>();
    const order = Array.from({ length: waits.length }, (_, row) => row).sort((a, b) => waits.start[a]! - waits.start[b]!);
    for (const row of order) {
      const [task, what, start, end] = [waits.task[row]!, waits.what[row]!, waits.start[row]!, waits.end[row]!];
      let spell = seen.get(task) ?? open.get(task);
      if (spell === undefined || spell.what !== what || spell.end < start) {
        spell = { task, what, start, end };
        const spells = byThread.get(waits.thread[row]!);
        if (spells === undefined) byThread.set(waits.thread[row]!, [spell]);
        else spells.push(spell);
      }
      spell.end = Math.max(spell.end, end);
      seen.set(task, spell);
    }
    // What was not seen in a block has ended.
    open = seen;
  }
  for (const spells of byThread.values()) spells.sort((a, b) => a.start - b.start);
  return byThread;
}
