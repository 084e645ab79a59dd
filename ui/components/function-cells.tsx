import type { JSX } from "preact";
import type { FunctionIndex } from "../../src/profile/tables.ts";
import { selectFunction } from "../actions.ts";
import type { State } from "../state.ts";

/** The last two cells of a row about a function: its name, which selects it, and where it is. */
export function FunctionCells({ state, index }: { readonly state: State; readonly index: FunctionIndex }): JSX.Element {
  const { labels } = state;
  return (
    <>
      <td class="name">
        <button type="button" class="row-button" onClick={() => selectFunction(state, index)}>
          <i class="swatch" data-kind={labels.moduleKind(index)} />
          {labels.functionName(index)}
        </button>
      </td>
      <td class="place" title={labels.file(index)}>
        {labels.place(index)}
      </td>
    </>
  );
}
