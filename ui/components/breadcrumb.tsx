import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clearSelection, zoomToBox } from "../actions.ts";
import { formatTime } from "../logic/format.ts";
import { wholeWindow } from "../logic/window.ts";
import { comparedSentences, viewSentences } from "../view-names.ts";
import type { State } from "../state.ts";

/** The ends of a long path tell where one is; ten thousand buttons would not. */
const mostAtEnd = 24;

/** From everything down to the selected box; what the picture is, while nothing is selected. */
export function Breadcrumb({ state }: { state: State }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const path = state.path.value;
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollLeft = list.current.scrollWidth;
  }, [path]);
  const whole = wholeWindow(state.boxes.value.extent);
  const { start, end } = state.target.value;
  const isZoomed = end - start < whole.end * 0.9999;
  const sentences = state.comparison === null ? viewSentences : comparedSentences;
  if (path.length === 0 && !isZoomed) return <p class="breadcrumb sentence">{sentences[state.view.value]}</p>;
  const shown = path.slice(-mostAtEnd);
  return (
    <nav class="breadcrumb" aria-label="Path to the selected box">
      <ol ref={list}>
        <li>
          <button type="button" onClick={() => clearSelection(state)} title="Show everything (Escape)">
            All <span class="faint">{formatTime(state.whole.value)}</span>
          </button>
        </li>
        {path.length > shown.length && <li class="faint">{path.length - shown.length} more</li>}
        {shown.map((box, index) => {
          const node = state.boxes.value.node[box]!;
          return (
            <li key={box}>
              <button
                type="button"
                data-kind={state.labels.kindOfNode(state.tree.value, node)}
                aria-current={index === shown.length - 1 ? "true" : undefined}
                onClick={() => zoomToBox(state, box)}
              >
                {state.labels.nameOfNode(state.tree.value, node)}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
