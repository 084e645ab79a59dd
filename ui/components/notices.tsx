import type { JSX } from "preact";
import { formatCount, formatTime } from "../logic/format.ts";
import type { State } from "../state.ts";

/** What must be known to read the picture right, and is not always so. */
export function Notices({ state }: { state: State }): JSX.Element {
  const { end } = state.profile;
  const isComplete = state.profile.isComplete && (state.comparison?.before.isComplete ?? true);
  const unrecorded = end?.unrecorded ?? 0;
  const cutAt = state.timeBoxes.value?.cutAt ?? null;
  const depthLimit = state.view.value === "callers" ? state.depthLimit.value : Infinity;
  return (
    <>
      {!isComplete && (
        <p class="notice" role="status">
          <strong>Incomplete recording.</strong> Its end is missing (a crash or a full disk); everything up to there is shown.
        </p>
      )}
      {unrecorded > 0 && (
        <p class="notice" role="status">
          <strong>Not all processes.</strong> {formatCount(unrecorded)} Python {unrecorded === 1 ? "process" : "processes"} below the recorded one{" "}
          {unrecorded === 1 ? "was" : "were"} left out; the option -C records them too.
        </p>
      )}
      {cutAt !== null && (
        <p class="notice" role="status">
          <strong>Shown up to {formatTime(cutAt)}.</strong> There is more than one picture can hold: choose a single thread to see more.
        </p>
      )}
      {depthLimit !== Infinity && (
        <p class="notice" role="status">
          <strong>Callers up to {depthLimit} calls away.</strong> The stacks are too deep and too many to show all of them upside down.
        </p>
      )}
    </>
  );
}
