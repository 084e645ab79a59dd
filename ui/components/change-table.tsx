import type { JSX } from "preact";
import { selectFunction } from "../actions.ts";
import type { Comparison } from "../comparison.ts";
import { formatChange, formatRatio } from "../logic/change.ts";
import { formatCount, formatTime } from "../logic/format.ts";
import { mostChanged } from "../logic/most-changed.ts";
import type { State } from "../state.ts";
import { FunctionCells } from "./function-cells.tsx";

const mostShown = 500;

/** Own time of each function before and after, and the change of its total time; those that match when there is a search. */
export function ChangeTable({ state, comparison }: { state: State; comparison: Comparison }): JSX.Element {
  const { before, after } = comparison.times.value;
  const matched = state.matched.value;
  const sure = comparison.sure.value;
  // What may be chance comes last.
  const order = mostChanged(before.own, after.own)
    .filter((index) => matched === null || matched[index] === 1)
    .sort((a, b) => Number(sure[a] === 0) - Number(sure[b] === 0));
  return (
    <div class="functions changes" tabIndex={-1}>
      <table aria-rowcount={order.length + 1} aria-label="Functions that changed">
        <thead>
          <tr>
            {["Before", "After", "Own change", "Total change"].map((title) => (
              <th key={title} scope="col" class={title.endsWith("change") ? "number change" : "number"}>
                {title}
              </th>
            ))}
            <th scope="col" class="name">
              Function
            </th>
            <th scope="col" class="place">
              Location
            </th>
          </tr>
        </thead>
        <tbody>
          {order.slice(0, mostShown).map((index) => (
            <tr
              key={index}
              class={sure[index] === 0 ? "chance" : ""}
              title={sure[index] === 0 ? "No more than chance explains" : undefined}
              aria-selected={state.selection.value.function === index}
              onClick={() => selectFunction(state, index)}
            >
              <td class="number">{formatTime(before.own[index]!)}</td>
              <td class="number">{formatTime(after.own[index]!)}</td>
              <ChangeCell before={before.own[index]!} after={after.own[index]!} />
              <ChangeCell before={before.total[index]!} after={after.total[index]!} />
              <FunctionCells state={state} index={index} />
            </tr>
          ))}
        </tbody>
      </table>
      {order.length > mostShown && <p class="faint">{formatCount(order.length - mostShown)} more with smaller changes.</p>}
      {order.length === 0 && <p class="empty">{matched === null ? "Nothing changed here." : "No function matches."}</p>}
    </div>
  );
}

export function ChangeCell({ before, after }: { before: number; after: number }): JSX.Element {
  return (
    <td class={`number ${after > before ? "slower" : after < before ? "faster" : ""}`}>
      {formatChange(before, after)} <span class="share">{formatRatio(before, after)}</span>
    </td>
  );
}
