import type { WordSize } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { python310, python310I686 } from "./python-3.10.ts";
import { python311, python311I686 } from "./python-3.11.ts";
import { python312, python312I686 } from "./python-3.12.ts";
import { python38, python38I686 } from "./python-3.8.ts";
import { python39, python39I686 } from "./python-3.9.ts";

/** x86-64 and i686. */
const wide = [python38, python39, python310, python311, python312];
const narrow = [python38I686, python39I686, python310I686, python311I686, python312I686];
/** The versions that do not describe themselves. Debug builds (`--with-pydebug`) have the same offsets in all that we read. */
export const tables: readonly Layout[] = [...wide, ...narrow];

/** The table for a version as PY_VERSION_HEX has it; null outside 3.8 to 3.12. The layout carries the full version. */
export function layoutOf(versionHex: number, wordSize: WordSize): Layout | null {
  const table = tables.find((layout) => layout.versionHex >>> 16 === versionHex >>> 16 && layout.wordSize === wordSize);
  return table === undefined ? null : { ...table, versionHex };
}
