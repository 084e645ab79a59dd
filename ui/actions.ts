import { batch } from "@preact/signals";
import { NONE, type FunctionIndex } from "../src/profile/tables.ts";
import type { Mode } from "../src/profile/sample-filter.ts";
import type { BoxIndex } from "./logic/boxes.ts";
import { functionOfNode, type Scope } from "./logic/call-trees.ts";
import type { TaskShape } from "./logic/task-shape.ts";
import { wholeWindow } from "./logic/window.ts";
import type { State } from "./state.ts";
import type { ViewName } from "./view-names.ts";

/** Everything a user can do to the picture, whether by mouse, keyboard or list. */

export function setView(state: State, view: ViewName): void {
  change(state, () => (state.view.value = view));
}

export function setMode(state: State, mode: Mode): void {
  change(state, () => (state.mode.value = mode));
}

export function setScope(state: State, scope: Scope): void {
  change(state, () => (state.scope.value = scope));
}

export function setTaskShape(state: State, shape: TaskShape): void {
  change(state, () => (state.taskShape.value = shape));
}

/** Another picture has other boxes: the function stays selected, the box and the zoom do not. */
function change(state: State, apply: () => void): void {
  batch(() => {
    apply();
    state.selection.value = { function: state.selection.value.function, box: NONE };
    resetZoom(state);
  });
}

export function resetZoom(state: State): void {
  state.target.value = wholeWindow(state.boxes.value.extent);
}

export function selectBox(state: State, box: BoxIndex): void {
  state.selection.value = { box, function: box === NONE ? null : functionOfNode(state.tree.value, state.boxes.value.node[box]!) };
}

export function selectFunction(state: State, index: FunctionIndex): void {
  state.selection.value = { box: NONE, function: index };
}

/** Selects the box and makes it as wide as the picture. */
export function zoomToBox(state: State, box: BoxIndex): void {
  batch(() => {
    selectBox(state, box);
    state.target.value = { start: state.boxes.value.start[box]!, end: state.boxes.value.end[box]! };
  });
}

export function clearSelection(state: State): void {
  batch(() => {
    selectBox(state, NONE);
    resetZoom(state);
  });
}

/** Shows the function wherever it is: by searching for exactly it. */
export function highlight(state: State, index: FunctionIndex): void {
  batch(() => {
    state.query.value = state.labels.functionName(index);
    if (state.view.value === "table") setView(state, "flame");
  });
}

export function goToMatch(state: State, index: number): void {
  if (state.view.value === "table") setView(state, "flame");
  const node = state.matches.value?.outermost[index];
  const box = node === undefined ? NONE : state.boxes.value.node.indexOf(node);
  if (box !== NONE) zoomToBox(state, box);
}
