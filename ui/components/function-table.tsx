import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import { selectFunction } from "../actions.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { sortFunctions, type SortColumn } from "../logic/sort-functions.ts";
import { FunctionCells } from "./function-cells.tsx";
import type { Shared } from "./shared.ts";

const rowHeight = 28;
/** Rows kept above and below what is seen, so that scrolling shows no gaps. */
const spare = 12;

const columns: readonly { readonly name: SortColumn; readonly title: string; readonly isNumber: boolean }[] = [
  { name: "own", title: "Own", isNumber: true },
  { name: "total", title: "Total", isNumber: true },
  { name: "name", title: "Function", isNumber: false },
  { name: "place", title: "Location", isNumber: false },
];

/** All functions, those that match when there is a search. Only the rows in view exist. */
export function FunctionTable({ state }: Shared): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const column = useSignal<SortColumn>("own");
  const isReversed = useSignal(false);
  const view = useSignal({ top: 0, height: 800 });
  const order = useComputed(() => sortFunctions(state.times.value, state.labels, state.matched.value, column.value, isReversed.value));
  useEffect(() => {
    const element = scroller.current!;
    const update = (): void => void (view.value = { top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(update);
    observer.observe(element);
    element.addEventListener("scroll", update, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", update);
    };
  }, [view]);
  const sortBy = (name: SortColumn): void => {
    isReversed.value = column.value === name ? !isReversed.value : false;
    column.value = name;
  };
  const whole = state.whole.value;
  const times = state.times.value;
  const rows = order.value;
  const first = Math.max(0, Math.floor(view.value.top / rowHeight) - spare);
  const last = Math.min(rows.length, Math.ceil((view.value.top + view.value.height) / rowHeight) + spare);
  const descends = (name: SortColumn): boolean => (name === "own" || name === "total") !== isReversed.value;
  return (
    <div class="functions" ref={scroller} tabIndex={-1}>
      <table aria-rowcount={rows.length + 1} aria-label="Functions">
        <thead>
          <tr>
            {columns.map(({ name, title, isNumber }) => (
              <th
                key={name}
                scope="col"
                class={isNumber ? "number" : name}
                aria-sort={column.value === name ? (descends(name) ? "descending" : "ascending") : "none"}
              >
                <button type="button" onClick={() => sortBy(name)}>
                  {title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{ height: `${first * rowHeight}px` }} aria-hidden="true" />}
          {rows.slice(first, last).map((index, at) => (
            <tr
              key={index}
              aria-rowindex={first + at + 2}
              aria-selected={state.selection.value.function === index}
              onClick={() => selectFunction(state, index)}
            >
              <td class="number bar" style={{ "--share": formatCss(times.own[index]! / whole) }}>
                <Figure time={times.own[index]!} whole={whole} />
              </td>
              <td class="number bar" style={{ "--share": formatCss(times.total[index]! / whole) }}>
                <Figure time={times.total[index]!} whole={whole} />
              </td>
              <FunctionCells state={state} index={index} />
            </tr>
          ))}
          {last < rows.length && <tr style={{ height: `${(rows.length - last) * rowHeight}px` }} aria-hidden="true" />}
        </tbody>
      </table>
      {rows.length === 0 && (
        <p class="empty">{state.matched.value === null ? "No time counts here: choose another thread, or wall time." : "No function matches."}</p>
      )}
    </div>
  );
}

function Figure({ time, whole }: { time: number; whole: number }): JSX.Element {
  return time > 0 ? (
    <>
      <span>{formatTime(time)}</span> <span class="share">{formatShare(time / whole)}</span>
    </>
  ) : (
    <span class="faint">–</span>
  );
}

function formatCss(share: number): string {
  return `${Math.min(100, share * 100).toFixed(2)}%`;
}
