import { joinTables, joinedStack } from "./join-tables.ts";
import type { Profile } from "./profile.ts";
import type { SampleColumns } from "./tables.ts";

/** Two recordings with their samples on the same tables (`joinTables`): for views that filter both in the same way. */
export function joinProfiles(before: Profile, after: Profile): { readonly before: Profile; readonly after: Profile } {
  const { before: rowsBefore, after: rowsAfter, ...tables } = joinTables(before, after);
  const moved = (samples: SampleColumns, { stack, thread }: typeof rowsBefore): SampleColumns => ({
    ...samples,
    stack: Int32Array.from({ length: samples.length }, (_, row) => joinedStack({ stack, thread }, samples.stack[row]!)),
    thread: Int32Array.from({ length: samples.length }, (_, row) => thread[samples.thread[row]!]!),
  });
  return {
    before: { ...pick(before), ...tables, samples: moved(before.samples, rowsBefore) },
    after: { ...pick(after), ...tables, samples: moved(after.samples, rowsAfter) },
  };
}

/** All but the tables. Names of threads stay as they are joined. */
function pick({ meta, isComplete, quality, end }: Profile): Pick<Profile, "meta" | "isComplete" | "quality" | "end" | "renames"> {
  return { meta, isComplete, quality, end, renames: [] };
}
