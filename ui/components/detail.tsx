import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import type { FunctionIndex } from "../../src/profile/tables.ts";
import { clearSelection, highlight, setView } from "../actions.ts";
import { functionOfNode } from "../logic/call-trees.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { moduleKindNames } from "../logic/module-kind.ts";
import { timesByLine } from "../logic/function-rows.ts";
import { placesOfFunction } from "../logic/places.ts";
import type { State } from "../state.ts";
import { ChangeDetail } from "./change-detail.tsx";
import type { Shared } from "./shared.ts";

const mostLines = 50;

/** The selected function: where it is, what it cost, and on which of its lines. */
export function Detail({ state }: Shared): JSX.Element | null {
  const selected = state.selection.value.function;
  if (selected === null) return null;
  const { labels, profile } = state;
  const file = labels.file(selected);
  const firstLine = profile.functions.firstLine[selected]!;
  const kind = labels.moduleKind(selected);
  const { comparison } = state;
  const location = firstLine > 0 ? `${file}:${firstLine}` : file;
  return (
    <section class="detail" aria-label="Selected function">
      <div class="detail-head">
        <h2>{labels.functionName(selected)}</h2>
        <span class="kind">
          <i class="swatch" data-kind={kind} />
          {moduleKindNames[kind]}
        </span>
        <span class="spacer" />
        <button type="button" class="quiet" onClick={() => highlight(state, selected)} title="Search for this function in the picture">
          Highlight all
        </button>
        {state.view.value !== "callers" && (
          <button type="button" class="quiet" onClick={() => showCallers(state)} title="Upside down: who calls it">
            Callers
          </button>
        )}
        <button type="button" class="icon-button" aria-label="Close" title="Close (Escape)" onClick={() => clearSelection(state)}>
          <svg viewBox="0 0 16 16" width="14" height="14" stroke="currentColor" stroke-width="1.800" stroke-linecap="round" aria-hidden="true">
            <path d="M3 3l10 10M13 3L3 13" />
          </svg>
        </button>
      </div>
      {file !== "" && (
        <div class="location">
          <code>{location}</code>
          <CopyButton text={location} what="location" />
          {state.selection.value.box !== -1 && <CopyButton text={stackText(state)} what="stack" />}
        </div>
      )}
      {comparison === null ? <Costs state={state} selected={selected} /> : <ChangeDetail state={state} comparison={comparison} selected={selected} />}
    </section>
  );
}

/** Own and total time, and the lines that they were spent on. */
function Costs({ state, selected }: { state: State; selected: FunctionIndex }): JSX.Element {
  const profile = state.shown.value;
  const times = state.times.value;
  const whole = state.whole.value;
  const lines = timesByLine(profile, state.weights.value, selected);
  const places = placesOfFunction(profile, selected);
  const most = lines[0]?.total ?? 1;
  return (
    <>
      <dl class="figures detail-figures">
        <dt>Own</dt>
        <dd>
          <strong>{formatTime(times.own[selected]!)}</strong> {formatShare(times.own[selected]! / whole)}
        </dd>
        <dt>Total</dt>
        <dd>
          <strong>{formatTime(times.total[selected]!)}</strong> {formatShare(times.total[selected]! / whole)}
        </dd>
        <ThisBox state={state} />
      </dl>
      {lines.some(({ line }) => line > 0) && (
        <div class="table-scroll">
          <table class="lines">
            <thead>
              <tr>
                <th>Line</th>
                <th class="number">Own</th>
                <th class="number">Total</th>
                <th class="wide">Columns seen running</th>
              </tr>
            </thead>
            <tbody>
              {lines.slice(0, mostLines).map(({ line, own, total }) => (
                <tr key={line}>
                  <td>
                    <code>{line > 0 ? line : "?"}</code>
                  </td>
                  <td class="number">{own > 0 ? formatTime(own) : "–"}</td>
                  <td class="number bar" style={{ "--share": `${(total / Math.max(most, total)) * 100}%` }}>
                    {formatTime(total)}
                  </td>
                  <td class="wide faint">{places.get(line) ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {lines.length > mostLines && <p class="faint">{lines.length - mostLines} more lines with less time.</p>}
        </div>
      )}
    </>
  );
}

/** The one box that was clicked is often only a part of what the function cost. */
function ThisBox({ state }: { state: State }): JSX.Element | null {
  const { box } = state.selection.value;
  const boxes = state.boxes.value;
  if (box < 0 || box >= boxes.length) return null;
  const length = boxes.end[box]! - boxes.start[box]!;
  return (
    <>
      <dt>This box</dt>
      <dd>
        <strong>{formatTime(length)}</strong>{" "}
        {state.view.value === "time" ? `${formatTime(boxes.start[box]!)} to ${formatTime(boxes.end[box]!)}` : formatShare(length / state.whole.value)}
      </dd>
    </>
  );
}

function showCallers(state: State): void {
  const index = state.selection.peek().function;
  setView(state, "callers");
  if (index !== null) highlight(state, index);
}

/** One line per function, root first, as a traceback would be pasted into a ticket. */
function stackText(state: State): string {
  const { labels } = state;
  const functions = state.path.value.map((box) => functionOfNode(state.tree.value, state.boxes.value.node[box]!));
  if (state.view.value === "callers") functions.reverse();
  return functions
    .filter((index) => index !== null)
    .map((index) => `${labels.functionName(index)} (${labels.file(index)}:${state.profile.functions.firstLine[index]!})`)
    .join("\n");
}

function CopyButton({ text, what }: { text: string; what: string }): JSX.Element {
  const isDone = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    isDone.value = true;
    setTimeout(() => (isDone.value = false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      <span aria-live="polite">{isDone.value ? "Copied" : `Copy ${what}`}</span>
    </button>
  );
}
