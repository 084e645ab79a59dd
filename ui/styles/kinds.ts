import { moduleKinds } from "../logic/module-kind.ts";
import { colourOf, colourOfChange, type Theme } from "../logic/palette.ts";

/** One rule per kind of code and theme, so that swatches in the page have the very colours of the canvas. */
export function kindRules(): string {
  const rule = (theme: Theme): string =>
    moduleKinds.map((kind) => `:root[data-theme="${theme}"] [data-kind="${kind}"]{--kind:${colourOf(theme, kind)}}`).join("\n");
  const changes = (theme: Theme): string => `:root[data-theme="${theme}"]{--slower:${colourOfChange(theme, 1)};--faster:${colourOfChange(theme, -1)}}`;
  return [rule("light"), rule("dark"), changes("light"), changes("dark")].join("\n");
}
