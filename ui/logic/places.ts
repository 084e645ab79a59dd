import type { FunctionIndex } from "../../src/profile/tables.ts";
import type { Profile } from "../../src/profile/profile.ts";

const mostPerLine = 4;

/**
 * Where on each line of a function it was seen, as CPython's location tables tell from 3.11 on: "9–24", "9 – line 61,
 * column 4". By line; lines without columns are not in it.
 */
export function placesOfFunction(profile: Profile, wanted: FunctionIndex): ReadonlyMap<number, string> {
  const { function: functions, line, endLine, column, endColumn, length } = profile.frames;
  const texts = new Map<number, Set<string>>();
  for (let frame = 0; frame < length; frame++) {
    if (functions[frame] !== wanted || column[frame] === 0) continue;
    const isOneLine = endLine[frame] === 0 || endLine[frame] === line[frame];
    // Tables say one past the last column; people count the last one.
    const last = endColumn[frame]! - 1;
    const text = isOneLine
      ? last > column[frame]!
        ? `${column[frame]}–${last}`
        : `${column[frame]}`
      : `${column[frame]} to line ${endLine[frame]}${last > 0 ? `, column ${last}` : ""}`;
    const known = texts.get(line[frame]!);
    if (known === undefined) texts.set(line[frame]!, new Set([text]));
    else known.add(text);
  }
  return new Map(
    [...texts].map(([at, all]) => {
      const shown = [...all].slice(0, mostPerLine).join(", ");
      return [at, all.size > mostPerLine ? `${shown}, ${all.size - mostPerLine} more` : shown];
    }),
  );
}
