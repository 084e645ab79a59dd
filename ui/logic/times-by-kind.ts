import type { Nanoseconds } from "../../src/base/units.ts";
import type { FunctionTimes } from "./function-rows.ts";
import type { Labels } from "./labels.ts";
import { moduleKinds, type ModuleKind } from "./module-kind.ts";

/** Own time by whose code it was spent in. */
export function timesByKind(times: FunctionTimes, labels: Labels): Record<ModuleKind, Nanoseconds> {
  const sums = Object.fromEntries(moduleKinds.map((kind) => [kind, 0])) as Record<ModuleKind, Nanoseconds>;
  for (const index of times.order) sums[labels.moduleKind(index)] += times.own[index]!;
  return sums;
}
