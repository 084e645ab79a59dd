import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NONE, type Recording } from "../../src/profile/tables.ts";
import { findChromium } from "./chromium.ts";
import { Pages } from "./pages.ts";
import { breadcrumb, button, canvas, clickRow, pixels } from "./picture.ts";
import { RecordingMaker } from "./recording-maker.ts";

const chromium = findChromium();

/** Milliseconds in each function below main, and the folder that the program lies in. */
function program(times: Readonly<Record<string, number>>, folder: string, firstLine: number): Recording {
  const maker = new RecordingMaker();
  const thread = maker.thread(maker.process(7, "python", "app.py"), 7, "MainThread");
  const main = maker.stack(NONE, { name: "main", file: `${folder}/app.py`, line: 1 });
  let time = 0;
  for (const [name, milliseconds] of Object.entries(times)) {
    const stack = maker.stack(main, { name, file: `${folder}/app.py`, line: firstLine }, firstLine + 3);
    for (let sample = 0; sample < milliseconds; sample++) maker.sample((time += 1e6), thread, stack, 1e6, 1e6);
  }
  return maker.finish({ command: ["python", "app.py"] });
}

const before = program({ parse: 400, load: 300, old: 100 }, "/srv/v1", 10);
const after = program({ parse: 700, load: 300, fresh: 50 }, "/srv/v2", 20);

/** Of a pixel at the top of a row of the picture. */
async function colourAt(page: Parameters<typeof canvas>[0], row: number, xShare: number): Promise<readonly number[]> {
  await pixels(page);
  return await canvas(page).evaluate(
    (element: HTMLCanvasElement, [y, share]: readonly [number, number]) => {
      const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })!;
      context.drawImage(element, -Math.floor(element.width * share), -y);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    },
    [row * 20 + 2, xShare] as const,
  );
}

describe.skipIf(chromium === null)("a page that compares two recordings", () => {
  let pages: Pages;

  beforeAll(async () => {
    pages = await Pages.start(chromium!);
  });

  afterAll(() => pages.close());

  test("is red where it became slower and blue where it became faster, in both themes", async () => {
    await pages.open([before, after], async (page) => {
      expect(await page.locator(".header").innerText()).toMatch(/800 ms → 1\.05 s[\s\S]*800 → 1.050 samples/);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        // parse is the widest, then load, old, fresh.
        const [redOfSlower = 0, , blueOfSlower = 0] = await colourAt(page, 2, 0.3);
        expect(redOfSlower).toBeGreaterThan(blueOfSlower + 15);
        const [redOfSame = 0, , blueOfSame = 0] = await colourAt(page, 2, 0.7);
        expect(Math.abs(redOfSame - blueOfSame)).toBeLessThan(15);
        const [redOfGone = 0, , blueOfGone = 0] = await colourAt(page, 2, 0.93);
        expect(blueOfGone).toBeGreaterThan(redOfGone + 40);
        const [redOfNew = 0, , blueOfNew = 0] = await colourAt(page, 2, 0.985);
        expect(redOfNew).toBeGreaterThan(blueOfNew + 40);
      }
    });
  });

  test("says what changed, by how much, and on which lines", async () => {
    await pages.open([before, after], async (page) => {
      const changed = page.locator(".hottest li");
      await changed.first().waitFor();
      expect(await changed.allInnerTexts()).toEqual([
        expect.stringMatching(/^parse\s+\+300 ms \+75\.0 %/),
        expect.stringMatching(/^old\s+\u2212100 ms gone/),
        expect.stringMatching(/^fresh\s+\+50\.0 ms new/),
      ]);
      await clickRow(page, 2);
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("parse");
      const detail = page.getByRole("region", { name: "Selected function" });
      await detail.locator("tbody tr").first().waitFor();
      // The function moved by ten lines; its line is still the same one.
      expect(await detail.locator("tbody tr").allInnerTexts()).toEqual([
        expect.stringMatching(/^Own\s+400 ms\s+700 ms\s+\+300 ms/),
        expect.stringMatching(/^Total\s+400 ms\s+700 ms\s+\+300 ms/),
        expect.stringMatching(/^Line 23\s+400 ms\s+700 ms\s+\+300 ms/),
      ]);
      await canvas(page).hover({ position: { x: 60, y: 50 } });
      await expect.poll(() => page.getByRole("tooltip").innerText()).toMatch(/parse[\s\S]*Total[\s\S]*\+300 ms \+75\.0 % 400 ms → 700 ms/);
      await button(page, "Table").click();
      await expect.poll(() => page.getByRole("table", { name: "Functions that changed" }).locator("tbody tr").count()).toBe(3);
      await page.keyboard.press("2");
      await expect.poll(() => button(page, "Callers").first().getAttribute("aria-pressed")).toBe("true");
      expect(await button(page, "Time order").count()).toBe(0);
    });
  });
});
