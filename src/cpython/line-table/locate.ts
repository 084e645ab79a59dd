import { assertNever } from "../../base/assert-never.ts";
import type { ByteOffset } from "../../base/units.ts";
import type { CodeLayout } from "../layout.ts";
import { decodeLnotab } from "./lnotab.ts";
import { decodeLocations } from "./locations.ts";
import { decodePep626 } from "./pep626.ts";
import { findPosition, type Position, type PositionRows } from "./position-rows.ts";

/** What of a code object is needed to know where its instructions came from. */
export interface LineTable {
  readonly lineTableKind: CodeLayout["lineTableKind"];
  readonly lineTable: Uint8Array;
  readonly firstLine: number;
}

/** Decoded tables take some ten times the room of the encoded ones; the few that are asked for again and again are kept. */
const maxDecoded = 256;
const decoded = new Map<LineTable, PositionRows>();

/**
 * Where the instruction at `offset` (bytes from the first instruction) came from, as `PyCode_Addr2Line` and `co_positions()` tell it. An
 * offset below 0 means "not begun": the function's first line. Line 0: the instruction has none. Never throws, whatever the table holds.
 */
export function locate(code: LineTable, offset: ByteOffset): Position {
  return findPosition(decodeCached(code), Math.max(-1, offset));
}

/** All positions of a code object, whatever the version. */
export function decodeLineTable(code: LineTable): PositionRows {
  switch (code.lineTableKind) {
    case "lnotab":
      return decodeLnotab(code.lineTable, code.firstLine);
    case "pep626":
      return decodePep626(code.lineTable, code.firstLine);
    case "locations":
      return decodeLocations(code.lineTable, code.firstLine);
    default:
      return assertNever(code.lineTableKind);
  }
}

function decodeCached(code: LineTable): PositionRows {
  const known = decoded.get(code);
  const rows = known ?? decodeLineTable(code);
  if (known !== undefined) decoded.delete(code);
  else if (decoded.size >= maxDecoded) decoded.delete(decoded.keys().next().value!);
  decoded.set(code, rows);
  return rows;
}
