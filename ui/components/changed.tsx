import type { JSX } from "preact";
import { highlight, selectFunction } from "../actions.ts";
import type { Comparison } from "../comparison.ts";
import { formatChange, formatRatio } from "../logic/change.ts";
import { formatCount } from "../logic/format.ts";
import { mostChanged } from "../logic/most-changed.ts";
import type { State } from "../state.ts";

const mostShown = 8;

/** The answer to "what became slower, what faster?": by own time, the largest change first. */
export function Changed({ state, comparison }: { state: State; comparison: Comparison }): JSX.Element {
  const { labels } = state;
  const { before, after } = comparison.times.value;
  const sure = comparison.sure.value;
  const changed = mostChanged(before.own, after.own);
  const order = changed.filter((index) => sure[index] === 1).slice(0, mostShown);
  const chance = changed.filter((index) => sure[index] === 0).length;
  const change = (index: number): number => after.own[index]! - before.own[index]!;
  const most = Math.abs(change(order[0] ?? 0)) || 1;
  return (
    <section>
      <h2>What changed</h2>
      <ol class="hottest">
        {order.map((index) => (
          <li key={index}>
            <button
              type="button"
              aria-pressed={state.selection.value.function === index}
              title={`${labels.functionName(index)}\n${labels.place(index)}\nOwn time: the function itself was running`}
              onClick={() => selectFunction(state, index)}
              onDblClick={() => highlight(state, index)}
            >
              <span class="name">{labels.functionName(index)}</span>
              <span class="share">
                {formatChange(before.own[index]!, after.own[index]!)} {formatRatio(before.own[index]!, after.own[index]!)}
              </span>
              <span class="place">{labels.place(index)}</span>
              <span class={`meter ${change(index) > 0 ? "slower" : "faster"}`} style={{ width: `${(Math.abs(change(index)) / most) * 100}%` }} />
            </button>
          </li>
        ))}
      </ol>
      {order.length === 0 && <p class="faint">No function's own time, by more than chance explains.</p>}
      <ul class="legend" aria-label="Colours">
        <li>
          <i class="swatch slower" />
          slower, or new
        </li>
        <li>
          <i class="swatch faster" />
          faster, or gone
        </li>
      </ul>
      {chance > 0 && (
        <p class="hint">
          {formatCount(chance)} {order.length > 0 && "more "}differ by no more than chance explains.
        </p>
      )}
    </section>
  );
}
