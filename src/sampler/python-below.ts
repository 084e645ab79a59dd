import type { Pid } from "../base/units.ts";
import { listDescendants } from "../os/processes.ts";
import type { RuntimeFinder } from "./runtime-finder.ts";

/** Of a process that is no Python itself, so many below it are looked at. */
const mostDescendants = 100;

/** The first Python process below one, parents before children; null: there is none. */
export function findPythonBelow(pid: Pid, finder: RuntimeFinder): Pid | null {
  return listDescendants(pid, mostDescendants).find((child) => finder.find(child).ok) ?? null;
}
