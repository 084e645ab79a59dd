import { render } from "preact";
import { joinProfiles } from "../src/profile/join-profiles.ts";
import type { Profile } from "../src/profile/profile.ts";
import { setMode } from "./actions.ts";
import { App, Message } from "./components/app.tsx";
import { decodeBase64, findEarlierRecording, findEmbeddedRecording } from "./load/embedded-recording.ts";
import { openRecording } from "./load/open-recording.ts";
import { createState, type State } from "./state.ts";
import { kindRules } from "./styles/kinds.ts";
import { followTheme } from "./theme.ts";
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/panels.css";
import "./styles/comparison.css";

const root = document.getElementById("app")!;
const theme = followTheme(document.documentElement);
document.head.appendChild(document.createElement("style")).textContent = kindRules();

async function start(): Promise<void> {
  const text = findEmbeddedRecording(document);
  if (text === null) {
    render(<Message title="No recording" text="This page is the bare template: it carries no recording to show." />, root);
    return;
  }
  render(<Message title="Opening the recording" text="" />, root);
  const bytes = await decodeBase64(text);
  const profile = await openRecording(bytes, (share) => render(<Message title="Opening the recording" text={`${Math.round(share * 100)} %`} />, root));
  document.title = `${profile.meta.command.join(" ") || "recording"} · Lynceus`;
  render(<App state={await openState(profile)} theme={theme} />, root);
}

/** With the recording that it is compared with, if there is one in the page. */
async function openState(profile: Profile): Promise<State> {
  const earlier = findEarlierRecording(document);
  if (earlier === null) return createState(profile);
  const { before, after } = joinProfiles(await openRecording(await decodeBase64(earlier.text)), profile);
  const state = createState(after, { profile: before, basis: earlier.basis });
  if (earlier.mode !== null) setMode(state, earlier.mode);
  return state;
}

start().catch((error: unknown) => {
  render(<Message title="This recording cannot be shown" text={error instanceof Error ? error.message : String(error)} />, root);
});
