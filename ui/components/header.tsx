import type { JSX } from "preact";
import { durationOf } from "../../src/profile/profile.ts";
import { formatCount, formatTime } from "../logic/format.ts";
import type { Shared } from "./shared.ts";

/** What was recorded, in one line. */
export function Header({ state, theme }: Shared): JSX.Element {
  const { profile } = state;
  const versions = [...new Set(profile.processes.map((process) => process.pythonVersion).filter((version) => version !== ""))];
  const { comparison } = state;
  const command = profile.meta.command.join(" ");
  const isDark = theme.current.value === "dark";
  return (
    <header class="header">
      <span class="brand">
        <Eye />
        Lynceus
      </span>
      <h1 class="command" title={command}>
        {command || "recording"}
      </h1>
      <span class="facts">
        {versions.length > 0 && <span>Python {versions.join(", ")}</span>}
        <span>
          {comparison !== null && `${formatTime(durationOf(comparison.before))} → `}
          {formatTime(durationOf(profile))}
        </span>
        <span>
          {comparison !== null && `${formatCount(comparison.before.samples.length)} → `}
          {formatCount(profile.samples.length)} samples
        </span>
        {comparison !== null && comparison.scale.value !== 1 && (
          <span title="So that both can be compared">times before × {comparison.scale.value.toPrecision(3)}</span>
        )}
        <span>{profile.meta.host}</span>
      </span>
      <button
        type="button"
        class="icon-button theme-switch"
        aria-label={`Switch to ${isDark ? "light" : "dark"} colours`}
        title={`Switch to ${isDark ? "light" : "dark"} colours`}
        onClick={() => (theme.chosen.value = isDark ? "light" : "dark")}
      >
        {isDark ? <Sun /> : <Moon />}
      </button>
    </header>
  );
}

function Eye(): JSX.Element {
  return (
    <svg class="eye" viewBox="0 0 28 18" width="28" height="18" aria-hidden="true">
      <path d="M1 9C7-1 21-1 27 9 21 19 7 19 1 9z" fill="currentColor" />
      <circle cx="14" cy="9" r="5" fill="var(--panel)" />
      <path
        d="M14 4.6c2.6 2 3.2 3.4 2.3 5-.3-.8-.8-1.2-1.4-1.4.2 1.4-.6 2.2-.9 3.6-1.600-.6-2.600-1.700-2.400-3.200.2-1.500 1.900-2.100 2.400-4z"
        fill="currentColor"
      />
    </svg>
  );
}

function Sun(): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" aria-hidden="true">
      <circle cx="10" cy="10" r="3.6" />
      <path d="M10 2v1.800M10 16.200V18M2 10h1.800M16.200 10H18M4.300 4.300l1.300 1.300M14.400 14.400l1.300 1.300M4.300 15.700l1.300-1.300M14.400 5.600l1.300-1.300" />
    </svg>
  );
}

function Moon(): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" aria-hidden="true">
      <path d="M16.500 12.300A7 7 0 0 1 7.700 3.500a7 7 0 1 0 8.800 8.800z" />
    </svg>
  );
}
