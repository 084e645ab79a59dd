import type { ModuleKind } from "./module-kind.ts";

export type Theme = "light" | "dark";

/** What the canvas needs of a theme, apart from the boxes themselves. Kept in step with styles/theme.css. */
export interface Inks {
  readonly background: string;
  readonly text: string;
  readonly faintText: string;
  readonly outline: string;
  readonly match: string;
  readonly matchText: string;
  readonly dimmed: string;
  readonly dimmedText: string;
}

export const inks: Readonly<Record<Theme, Inks>> = {
  light: {
    background: "#ffffff",
    text: "#1f1b16",
    faintText: "rgba(31, 27, 22, 0.58)",
    outline: "#1f1b16",
    match: "#c2188a",
    matchText: "#ffffff",
    dimmed: "#eceae6",
    dimmedText: "#8d877e",
  },
  dark: {
    background: "#16171b",
    text: "#f3efe9",
    faintText: "rgba(243, 239, 233, 0.62)",
    outline: "#ffffff",
    match: "#f04ab8",
    matchText: "#21061a",
    dimmed: "#25262c",
    dimmedText: "#777781",
  },
};

/** Hue, saturation %, lightness %. Your own code is the one warm, saturated colour: it is what one can change. */
type Colour = readonly [hue: number, saturation: number, lightness: number];

const colours: Readonly<Record<Theme, Readonly<Record<ModuleKind, Colour>>>> = {
  light: {
    own: [33, 96, 66],
    library: [252, 62, 83],
    standard: [186, 42, 76],
    native: [214, 16, 78],
    kernel: [350, 44, 82],
    task: [138, 38, 77],
    marker: [40, 6, 86],
    group: [38, 14, 92],
  },
  dark: {
    own: [24, 84, 33],
    library: [254, 34, 42],
    standard: [190, 44, 27],
    native: [214, 13, 34],
    kernel: [350, 34, 34],
    task: [144, 32, 28],
    marker: [40, 4, 27],
    group: [228, 7, 19],
  },
};

/** Shades of a kind, so that neighbouring boxes of different files can be told apart. */
export const shadesPerKind = 5;

export function colourOf(theme: Theme, kind: ModuleKind, shade = 2): string {
  const [hue, saturation, lightness] = colours[theme][kind];
  const step = kind === "group" || kind === "marker" ? 0 : shade - (shadesPerKind - 1) / 2;
  return `hsl(${hue + step * 2} ${saturation}% ${lightness + step * 1.4}%)`;
}

/** The same file has the same shade, in every picture. FNV-1a. */
export function shadeOf(file: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < file.length; i++) hash = Math.imul(hash ^ file.charCodeAt(i), 0x01000193);
  return (hash >>> 8) % shadesPerKind;
}

/** Between two recordings, from -1, it is gone, to 1, it is new. */
const changeColours: Readonly<Record<Theme, Readonly<Record<"none" | "slower" | "faster", Colour>>>> = {
  light: { none: [40, 10, 91], slower: [6, 82, 66], faster: [214, 78, 68] },
  dark: { none: [228, 7, 22], slower: [5, 66, 40], faster: [214, 64, 43] },
};
const changeSteps = 10;

/** The same colours for a whole range of changes, so that runs of narrow boxes stay few. */
export function colourOfChange(theme: Theme, change: number): string {
  const step = Math.round(Math.min(1, Math.abs(change)) * changeSteps) / changeSteps;
  const { none, slower, faster } = changeColours[theme];
  const [hue, saturation, lightness] = change > 0 ? slower : faster;
  const between = (from: number, to: number): number => Math.round((from + (to - from) * step) * 10) / 10;
  return step === 0 ? `hsl(${none[0]} ${none[1]}% ${none[2]}%)` : `hsl(${hue} ${between(none[1], saturation)}% ${between(none[2], lightness)}%)`;
}
