import type { State } from "../state.ts";
import type { ThemeChoice } from "../theme.ts";

/** What the larger parts of the page are given. */
export interface Shared {
  readonly state: State;
  readonly theme: ThemeChoice;
}
