import { computed, type ReadonlySignal } from "@preact/signals";
import { buildComparedTrees, type ComparedTrees } from "../src/profile/compare-trees.ts";
import { comparePlaces, scaleOf, sideOf, usualBasis, type DiffBasis } from "../src/profile/diff.ts";
import { scaleWeights } from "../src/profile/join-tables.ts";
import type { Profile } from "../src/profile/profile.ts";
import type { Mode } from "../src/profile/sample-filter.ts";
import type { StackWeights } from "../src/profile/stack-weights.ts";
import { callersOptions, callsOptions, filterOf, weighStacks, type Scope } from "./logic/call-trees.ts";
import { timesByFunction, type FunctionTimes } from "./logic/function-rows.ts";

/** The earlier recording, on the same tables as the later one, whose profile the state has. */
export interface Earlier {
  readonly profile: Profile;
  /** Null: what suits the recordings. */
  readonly basis: DiffBasis | null;
}

/** What the page knows besides when it compares two recordings. Times of the earlier one are scaled. */
export interface Comparison {
  readonly before: Profile;
  readonly basis: DiffBasis;
  readonly scale: ReadonlySignal<number>;
  readonly weightsBefore: ReadonlySignal<StackWeights>;
  readonly calls: ReadonlySignal<ComparedTrees>;
  readonly callers: ReadonlySignal<ComparedTrees>;
  readonly times: ReadonlySignal<{ readonly before: FunctionTimes; readonly after: FunctionTimes }>;
  /** By function, 1 where its own time changed by more than chance explains, 2 where only its total did. */
  readonly sure: ReadonlySignal<Uint8Array>;
}

/** What the user has chosen of the later recording, to choose the same of the earlier. */
export interface Chosen {
  readonly mode: ReadonlySignal<Mode>;
  readonly scope: ReadonlySignal<Scope>;
  readonly weights: ReadonlySignal<StackWeights>;
  readonly depthLimit: ReadonlySignal<number>;
}

export function createComparison(after: Profile, { profile: before, basis: asked }: Earlier, { mode, scope, weights, depthLimit }: Chosen): Comparison {
  const basis = asked ?? usualBasis(before, after);
  const scale = computed(() => {
    // Of all threads, whichever is looked at: they stay comparable to each other.
    const sideIn = (profile: Profile): ReturnType<typeof sideOf> =>
      sideOf({ weights: weighStacks(profile, filterOf(mode.value, { kind: "all" })), end: profile.end, quality: profile.quality });
    return scaleOf(basis, sideIn(before), sideIn(after));
  });
  const unscaled = computed(() => weighStacks(before, filterOf(mode.value, scope.value)));
  const weightsBefore = computed(() => scaleWeights(unscaled.value, scale.value));
  const calls = computed(() => buildComparedTrees(after, weightsBefore.value, weights.value, callsOptions));
  const callers = computed(() => buildComparedTrees(after, weightsBefore.value, weights.value, callersOptions(depthLimit.value)));
  const times = computed(() => ({
    before: timesByFunction(calls.value.before, after.functions.length),
    after: timesByFunction(calls.value.after, after.functions.length),
  }));
  const sure = computed(() => {
    const flags = new Uint8Array(after.functions.length);
    for (const { frame, own, total } of comparePlaces(after, unscaled.value, weights.value, scale.value, "function")) {
      flags[after.frames.function[frame]!] = own.isSure ? 1 : total.isSure ? 2 : 0;
    }
    return flags;
  });
  return { before, basis, scale, weightsBefore, calls, callers, times, sure };
}
