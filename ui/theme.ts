import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Theme } from "./logic/palette.ts";

export interface ThemeChoice {
  /** Null: as the system says. */
  readonly chosen: Signal<Theme | null>;
  readonly current: ReadonlySignal<Theme>;
}

/** Follows the system until the user chooses; the choice lasts as long as the page. */
export function followTheme(root: HTMLElement): ThemeChoice {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const isSystemDark = signal(query.matches);
  query.addEventListener("change", () => (isSystemDark.value = query.matches));
  const chosen = signal<Theme | null>(null);
  const current = computed<Theme>(() => chosen.value ?? (isSystemDark.value ? "dark" : "light"));
  effect(() => {
    root.dataset["theme"] = current.value;
  });
  return { chosen, current };
}
