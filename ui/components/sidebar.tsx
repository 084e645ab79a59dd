import type { JSX } from "preact";
import { durationOf } from "../../src/profile/profile.ts";
import type { Shared } from "./shared.ts";
import { About } from "./about.tsx";
import { Hottest } from "./hottest.tsx";
import { Quality } from "./quality.tsx";
import { Threads } from "./threads.tsx";

/** What the picture alone does not say, the most urgent first. */
export function Sidebar({ state, theme }: Shared): JSX.Element {
  return (
    <aside class="sidebar" aria-label="About this recording">
      <Hottest state={state} theme={theme} />
      <Threads state={state} />
      <Quality state={state} />
      <About profile={state.profile} duration={durationOf(state.profile)} />
    </aside>
  );
}
