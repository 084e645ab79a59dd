import type { Layout } from "../layout.ts";
import { python310 } from "./python-3.10.ts";
import { python311 } from "./python-3.11.ts";
import { python312 } from "./python-3.12.ts";
import { python38 } from "./python-3.8.ts";
import { python39 } from "./python-3.9.ts";

/** The versions that do not describe themselves. Debug builds (`--with-pydebug`) have the same offsets in all that we read. */
export const tables: readonly Layout[] = [python38, python39, python310, python311, python312];

/** The table for a version as PY_VERSION_HEX has it; null outside 3.8 to 3.12. The layout carries the full version. */
export function layoutOf(versionHex: number): Layout | null {
  const table = tables.find((layout) => layout.versionHex >>> 16 === versionHex >>> 16);
  return table === undefined ? null : { ...table, versionHex };
}
