import { type JoinedRows, joinTables, joinedStack } from "./join-tables.ts";
import type { Profile } from "./profile.ts";
import { NONE, type SampleColumns, type WaitColumns } from "./tables.ts";

/** Two recordings with their samples and waits on the same tables (`joinTables`): for views that filter both in the same way. */
export function joinProfiles(before: Profile, after: Profile): { readonly before: Profile; readonly after: Profile } {
  const { before: rowsBefore, after: rowsAfter, ...tables } = joinTables(before, after);
  const unknown = tables.strings.indexOf("");
  const strings = unknown === -1 ? [...tables.strings, ""] : tables.strings;
  const what = unknown === -1 ? tables.strings.length : unknown;
  const moved = <T extends SampleColumns | WaitColumns>(columns: T, rows: JoinedRows): T => ({
    ...columns,
    stack: Int32Array.from({ length: columns.length }, (_, row) => joinedStack(rows, columns.stack[row]!)),
    thread: Int32Array.from({ length: columns.length }, (_, row) => rows.thread[columns.thread[row]!]!),
    task: new Int32Array(columns.length).fill(NONE),
  });
  const movedWaits = (waits: WaitColumns, rows: JoinedRows): WaitColumns => ({ ...moved(waits, rows), what: new Int32Array(waits.length).fill(what) });
  return {
    before: { ...pick(before), ...tables, strings, samples: moved(before.samples, rowsBefore), waits: movedWaits(before.waits, rowsBefore) },
    after: { ...pick(after), ...tables, strings, samples: moved(after.samples, rowsAfter), waits: movedWaits(after.waits, rowsAfter) },
  };
}

/** All but the tables. Names of threads stay as they are joined. */
function pick({ meta, isComplete, quality, end }: Profile): Pick<Profile, "meta" | "isComplete" | "quality" | "end" | "renames"> {
  return { meta, isComplete, quality, end, renames: [] };
}
