import { describe, expect, test } from "vitest";
import { moduleKinds } from "./module-kind.ts";
import { colourOf, inks, shadeOf, shadesPerKind, type Theme } from "./palette.ts";

/** Of "hsl(h s% l%)" or "#rrggbb". WCAG 2.1, relative luminance. */
function luminance(colour: string): number {
  const channels = colour.startsWith("#") ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) : channelsOfHsl(colour);
  const [red = 0, green = 0, blue = 0] = channels.map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channelsOfHsl(colour: string): number[] {
  const [hue = 0, saturation = 0, lightness = 0] = colour.match(/[\d.]+/g)!.map(Number);
  const s = saturation / 100;
  const l = lightness / 100;
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  });
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("%s colours", (theme: Theme) => {
  test.each(moduleKinds)("names can be read on every shade of %s", (kind) => {
    for (let shade = 0; shade < shadesPerKind; shade++) expect(contrast(inks[theme].text, colourOf(theme, kind, shade))).toBeGreaterThan(4.5);
  });

  test("matches can be read", () => expect(contrast(inks[theme].matchText, inks[theme].match)).toBeGreaterThan(4.5));
});

test("a file always has the same shade, and files differ", () => {
  expect(shadeOf("a.py")).toBe(shadeOf("a.py"));
  expect(new Set(Array.from({ length: 50 }, (_, i) => shadeOf(`module_${i}.py`))).size).toBe(shadesPerKind);
});
