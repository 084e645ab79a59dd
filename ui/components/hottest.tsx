import type { JSX } from "preact";
import { highlight, selectFunction } from "../actions.ts";
import { formatShare } from "../logic/format.ts";
import { moduleKindNames, moduleKinds } from "../logic/module-kind.ts";
import { timesByKind } from "../logic/times-by-kind.ts";
import type { Shared } from "./shared.ts";

const mostShown = 6;

/** The answer to "where did the time go?": by function and by whose code it is, which is also the legend. */
export function Hottest({ state }: Shared): JSX.Element {
  const { labels } = state;
  const times = state.times.value;
  const whole = state.whole.value;
  const hottest = times.order.slice(0, mostShown).filter((index) => times.own[index]! > 0);
  const most = times.own[hottest[0] ?? 0] ?? 1;
  const busy = state.busy.value;
  const hasWaiting = state.mode.value !== "cpu" && hottest.some((index) => busy[index]! < 0.999 * times.own[index]!);
  const byKind = timesByKind(times, labels);
  return (
    <section>
      <h2>Where the time went</h2>
      <ol class="hottest">
        {hottest.map((index) => (
          <li key={index}>
            <button
              type="button"
              aria-pressed={state.selection.value.function === index}
              title={`${labels.functionName(index)}\n${labels.place(index)}\nOwn time: the function itself was running`}
              onClick={() => selectFunction(state, index)}
              onDblClick={() => highlight(state, index)}
            >
              <span class="name">{labels.functionName(index)}</span>
              <span class="share">{formatShare(times.own[index]! / whole)}</span>
              <span class="place">{labels.place(index)}</span>
              <span class="meter" data-kind={labels.moduleKind(index)} style={{ width: `${(times.own[index]! / most) * 100}%` }}>
                <i style={{ width: `${(busy[index]! / times.own[index]!) * 100}%` }} />
                <i class="waiting" />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {hasWaiting && (
        <p class="hint">
          <span class="meter" aria-hidden="true">
            <i class="waiting" />
          </span>
          waiting, not on a CPU
        </p>
      )}
      <ul class="legend" aria-label="Colours">
        {moduleKinds
          .filter((kind) => byKind[kind] > 0 || (kind === "task" && state.tasks.hasTasks))
          .map((kind) => (
            <li key={kind}>
              <i class="swatch" data-kind={kind} />
              {moduleKindNames[kind]} {byKind[kind] > 0 && <span class="share">{formatShare(byKind[kind] / whole)}</span>}
            </li>
          ))}
      </ul>
    </section>
  );
}
