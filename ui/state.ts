import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { NONE, type FunctionIndex } from "../src/profile/tables.ts";
import type { Result } from "../src/base/result.ts";
import type { Boxes, BoxIndex } from "./logic/boxes.ts";
import { pathTo } from "./logic/boxes.ts";
import type { CallTree, NodeIndex } from "../src/profile/call-tree.ts";
import type { ComparedTrees } from "../src/profile/compare-trees.ts";
import type { StackWeights } from "../src/profile/stack-weights.ts";
import { createComparison, type Comparison, type Earlier } from "./comparison.ts";
import { busyByFunction } from "./logic/busy-by-function.ts";
import { buildCallers, buildCalls, filterOf, functionOfNode, threadNodes, topNode, weighStacks, type Scope } from "./logic/call-trees.ts";
import { findDepthLimit } from "./logic/depth-limit.ts";
import { layOutFlame } from "./logic/flame-boxes.ts";
import { timesByFunction, type FunctionTimes } from "./logic/function-rows.ts";
import { buildLabels, type Labels } from "./logic/labels.ts";
import { durationOf, type Profile } from "../src/profile/profile.ts";
import { qualityFigures, type QualityFigure } from "./logic/quality.ts";
import { findMatches, parseQuery, type Matcher, type Matches } from "./logic/search.ts";
import { layOutTime, type TimeBoxes } from "./logic/time-boxes.ts";
import { shapeTasks, type ShapedProfiles, type TaskShape, usualShape } from "./logic/task-shape.ts";
import { timedNodes } from "./logic/timed-nodes.ts";
import { wholeWindow } from "./logic/window.ts";
import type { Window } from "./logic/visible-boxes.ts";
import type { Mode } from "../src/profile/sample-filter.ts";
import { comparedViewNames, viewNames, type ViewName } from "./view-names.ts";

/** What was picked to be looked at closely: a box of the picture, and the function of it. */
export interface Selection {
  readonly function: FunctionIndex | null;
  /** NONE when it was picked in a list, not in the picture. */
  readonly box: BoxIndex;
}

/**
 * All that the page shows follows from these signals. `view`, `mode`, `scope`, `taskShape`, `query`, `target` and `selection` are
 * set by the user; the rest is computed when it is looked at.
 */
export interface State {
  /** With the functions of all shapes that tasks can be shown in. */
  readonly profile: Profile;
  readonly tasks: ShapedProfiles;
  readonly taskShape: Signal<TaskShape>;
  /** `profile` as it is shown: frames and stacks are those of the shape. */
  readonly shown: ReadonlySignal<Profile>;
  readonly labels: Labels;
  readonly quality: readonly QualityFigure[];
  /** Null: the page shows one recording. Else `profile` is the later one, and times in trees are the mean of both. */
  readonly comparison: Comparison | null;
  readonly views: readonly ViewName[];
  readonly view: Signal<ViewName>;
  readonly mode: Signal<Mode>;
  readonly scope: Signal<Scope>;
  readonly query: Signal<string>;
  /** Where the picture is zoomed to; on its way there it shows something in between. */
  readonly target: Signal<Window>;
  readonly selection: Signal<Selection>;
  readonly weights: ReadonlySignal<StackWeights>;
  /** The right way up, whatever the view. */
  readonly calls: ReadonlySignal<CallTree>;
  /** Of the view: upside down for callers. */
  readonly tree: ReadonlySignal<CallTree>;
  /** Callers further away than this are left out of the callers' view; Infinity: none are. */
  readonly depthLimit: ReadonlySignal<number>;
  readonly boxes: ReadonlySignal<Boxes>;
  /** Only in time order. */
  readonly timeBoxes: ReadonlySignal<TimeBoxes | null>;
  readonly times: ReadonlySignal<FunctionTimes>;
  /** Own time on a CPU by function: the part of the own time in which it did not wait. */
  readonly busy: ReadonlySignal<Float64Array>;
  /** All time that counts in the mode and scope. */
  readonly whole: ReadonlySignal<number>;
  readonly matcher: ReadonlySignal<Result<Matcher | null>>;
  /** By function, 1 where it matches; null without a search. */
  readonly matched: ReadonlySignal<Uint8Array | null>;
  /** In the graph of the view. The share is the same in all: that of the stacks with a match anywhere on them. */
  readonly matches: ReadonlySignal<Matches | null>;
  /** From the top down to the selected box. */
  readonly path: ReadonlySignal<readonly BoxIndex[]>;
}

/** Nodes of the callers' view: some 200 MB at most. */
const mostCallers = 3_000_000;

export const nothingSelected: Selection = { function: null, box: NONE };

export function createState(original: Profile, earlier: Earlier | null = null): State {
  const tasks = shapeTasks(original);
  const { profile } = tasks;
  const taskShape = signal<TaskShape>(usualShape);
  const shown = computed(() => tasks.in(taskShape.value));
  const labels = buildLabels(profile);
  const view = signal<ViewName>("flame");
  const mode = signal<Mode>(profile.meta.mode);
  const scope = signal<Scope>({ kind: "all" });
  const query = signal("");
  const selection = signal<Selection>(nothingSelected);

  const weights = computed(() => weighStacks(profile, filterOf(mode.value, scope.value)));
  const depthLimit = computed(() => findDepthLimit(shown.value.stacks, weights.value, mostCallers));
  const comparison = earlier === null ? null : createComparison(profile, earlier, { mode, scope, weights, depthLimit });
  const calls = computed(() => comparison?.calls.value.mean ?? buildCalls(shown.value, weights.value));
  const callers = computed(() => comparison?.callers.value.mean ?? buildCallers(shown.value, weights.value, depthLimit.value));
  const tree = computed(() => (view.value === "callers" ? callers.value : calls.value));
  const flameBoxes = computed(() => layOutFlame(calls.value, topNode(calls.value)));
  const callerBoxes = computed(() => layOutFlame(callers.value, 0));
  const laidOutTime = computed(() => {
    const lanes = threadNodes(calls.value);
    const nodes = timedNodes(shown.value, mode.value, calls.value, lanes);
    // A round is at any moment of its interval, and may itself take most of one.
    return layOutTime(calls.value.parent, lanes, nodes, durationOf(profile), 2 * profile.meta.interval);
  });
  const timeBoxes = computed(() => (view.value === "time" ? laidOutTime.value : null));
  const boxes = computed<Boxes>(() => timeBoxes.value ?? (view.value === "callers" ? callerBoxes.value : flameBoxes.value));
  const target = signal<Window>(wholeWindow(boxes.value.extent));

  const matcher = computed(() => parseQuery(query.value));
  const matched = computed(() => {
    const isMatch = matcher.value.ok ? matcher.value.value : null;
    if (isMatch === null) return null;
    return Uint8Array.from({ length: profile.functions.length }, (_, i) => (isMatch(labels.functionName(i)) || isMatch(labels.file(i)) ? 1 : 0));
  });
  const matches = computed(() => {
    const flags = matched.value;
    if (flags === null) return null;
    return findMatches(tree.value, (node: NodeIndex) => {
      const index = functionOfNode(tree.value, node);
      return index !== null && flags[index] === 1;
    });
  });
  return {
    profile,
    tasks,
    taskShape,
    shown,
    labels,
    quality: earlier === null ? qualityFigures(profile) : qualityFigures(earlier.profile, profile),
    comparison,
    views: comparison === null ? viewNames : comparedViewNames,
    view,
    mode,
    scope,
    query,
    target,
    selection,
    weights,
    calls,
    tree,
    depthLimit,
    boxes,
    timeBoxes,
    times: computed(() => timesByFunction(calls.value, profile.functions.length)),
    busy: computed(() => busyByFunction(shown.value, mode.value, scope.value)),
    whole: computed(() => calls.value.total[0] ?? 0),
    matcher,
    matched,
    matches,
    path: computed(() => (selection.value.box === NONE || selection.value.box >= boxes.value.length ? [] : pathTo(boxes.value, selection.value.box))),
  };
}

/** Of the view; null when there is one recording only. */
export function comparedTreesOf({ comparison, view }: State): ComparedTrees | null {
  if (comparison === null) return null;
  return view.value === "callers" ? comparison.callers.value : comparison.calls.value;
}
