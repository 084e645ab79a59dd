import type { State } from "../state.ts";
import { setView } from "../actions.ts";

export const searchFieldId = "search";

/** Keys that work anywhere on the page, except while typing. The picture has its own, see flame-canvas.ts. */
export function handleShortcut(state: State, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const element = event.target instanceof HTMLElement ? event.target : null;
  if (element !== null && (element.tagName === "INPUT" || element.tagName === "SELECT")) return;
  const view = state.views[Number(event.key) - 1];
  if (event.key === "/") document.getElementById(searchFieldId)?.focus();
  else if (view !== undefined) setView(state, view);
  else return;
  event.preventDefault();
}
