import type { JSX } from "preact";
import { useSignal } from "@preact/signals";
import { goToMatch } from "../actions.ts";
import { formatCount, formatShare } from "../logic/format.ts";
import type { State } from "../state.ts";
import { searchFieldId } from "./shortcuts.ts";

/** Enter and Shift+Enter go from match to match, the heaviest first. */
export function SearchField({ state }: { state: State }): JSX.Element {
  const current = useSignal(-1);
  const go = (step: number): void => {
    const count = state.matches.value?.outermost.length ?? 0;
    if (count === 0) return;
    current.value = (current.value + step + count) % count;
    goToMatch(state, current.value);
  };
  return (
    <div class="search" role="search">
      <input
        id={searchFieldId}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="Search a function or file, or /pattern/"
        aria-label="Search functions and files"
        aria-describedby="search-result"
        value={state.query.value}
        onInput={(event) => {
          state.query.value = event.currentTarget.value;
          current.value = -1;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") {
            state.query.value = "";
            event.currentTarget.blur();
          }
        }}
      />
      <output id="search-result" class="search-result" aria-live="polite">
        <Outcome state={state} />
      </output>
    </div>
  );
}

function Outcome({ state }: { state: State }): JSX.Element | null {
  const parsed = state.matcher.value;
  if (!parsed.ok) return <span class="bad">{parsed.error}</span>;
  const matches = state.matches.value;
  const flags = state.matched.value;
  if (matches === null || flags === null) return null;
  const functions = state.times.value.order.filter((index) => flags[index] === 1).length;
  if (functions === 0) return <span>no match</span>;
  return (
    <span>
      <strong>{formatShare(matches.share)}</strong> in {formatCount(functions)} {functions === 1 ? "function" : "functions"}
    </span>
  );
}
