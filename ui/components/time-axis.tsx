import type { JSX } from "preact";
import { formatTime } from "../logic/format.ts";
import { ticksFor } from "../logic/ticks.ts";
import type { State } from "../state.ts";

/** The clock above the lanes of the time order. */
export function TimeAxis({ state }: { state: State }): JSX.Element {
  const { start, end } = state.target.value;
  return (
    <div class="axis" aria-hidden="true">
      {ticksFor({ start, end }).map((tick) => (
        <span key={tick} style={{ left: `${((tick - start) / (end - start)) * 100}%` }}>
          {formatTime(tick)}
        </span>
      ))}
    </div>
  );
}
