import type { JSX } from "preact";
import { durationOf } from "../../src/profile/profile.ts";
import type { Shared } from "./shared.ts";
import { About } from "./about.tsx";
import { Changed } from "./changed.tsx";
import { Hottest } from "./hottest.tsx";
import { Quality } from "./quality.tsx";
import { Threads } from "./threads.tsx";

/** What the picture alone does not say, the most urgent first. */
export function Sidebar({ state, theme }: Shared): JSX.Element {
  return (
    <aside class="sidebar" aria-label="About this recording">
      {state.comparison === null ? <Hottest state={state} theme={theme} /> : <Changed state={state} comparison={state.comparison} />}
      <Threads state={state} />
      <Quality state={state} />
      <About title={state.comparison === null ? "Recording" : "After"} profile={state.profile} duration={durationOf(state.profile)} />
      {state.comparison !== null && <About title="Before" profile={state.comparison.before} duration={durationOf(state.comparison.before)} />}
    </aside>
  );
}
