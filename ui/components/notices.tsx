import type { JSX } from "preact";
import { formatTime } from "../logic/format.ts";
import type { State } from "../state.ts";

/** What must be known to read the picture right, and is not always so. */
export function Notices({ state }: { state: State }): JSX.Element {
  const { isComplete } = state.profile;
  const cutAt = state.timeBoxes.value?.cutAt ?? null;
  const depthLimit = state.view.value === "callers" ? state.depthLimit.value : Infinity;
  return (
    <>
      {!isComplete && (
        <p class="notice" role="status">
          <strong>Incomplete recording.</strong> Its end is missing (a crash or a full disk); everything up to there is shown.
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
