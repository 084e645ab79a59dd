import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { Pages } from "./pages.ts";
import { breadcrumb, button, canvas, clickRow, pixels, settle } from "./picture.ts";
import { batchJob, emptyRecording, hostileNames, largeRecording } from "./sample-recordings.ts";

const chromium = findChromium();

describe.skipIf(chromium === null)("the page, opened from disk", () => {
  let pages: Pages;
  const open: Pages["open"] = (...arguments_) => pages.open(...arguments_);

  beforeAll(async () => {
    pages = await Pages.start(chromium!);
  });

  afterAll(() => pages.close());

  test("says what was recorded and where the time went", async () => {
    await open(batchJob(), async (page) => {
      await expect.poll(() => page.title()).toBe("python etl.py --day 2026-11-20 · Lynceus");
      expect(await page.locator(".header").innerText()).toMatch(/Python 3\.13\.0[\s\S]*9\.00 s[\s\S]*samples[\s\S]*batch-7/);
      const hottest = page.locator(".hottest li");
      expect(await hottest.first().innerText()).toMatch(/^Condition\.wait\s+5\d\.\d %/);
      const about = await page.locator(".about").innerText();
      for (const text of ["1.00 ms", "the program ended", "Linux 6.1 x86_64", "batch-7", "Python 3.13.0, /opt/app/.venv/bin/python"])
        expect(about).toContain(text);
      for (const name of ["Your code", "site-packages", "Standard library", "Native", "Marker"]) {
        expect(await page.getByRole("list", { name: "Colours" }).innerText()).toContain(name);
      }
    });
  });

  test("shows how well it is known, with a sentence for every figure", async () => {
    await open(batchJob(), async (page) => {
      const line = await page.locator(".status").innerText();
      for (const figure of [/good/, /9\d\.\d %\s+verified/, /2\.\d %\s+exact/, /0 %\s+paused/, /0\.\d %\s+partial/, /0\.\d %\s+lost/, /0\.2 %\s+late/])
        expect(line).toMatch(figure);
      const rows = page.locator("#quality dl > div");
      expect(await rows.count()).toBe(6);
      for (const text of await rows.locator(".explanation").allInnerTexts()) expect(text).toMatch(/^[A-Z].*\.$/);
    });
  });

  test("zooms by click, breadcrumb, keys and wheel", async () => {
    await open(batchJob(), async (page) => {
      const whole = await pixels(page);
      await clickRow(page, 4); // process, thread, <module>, run, score_all
      expect(await breadcrumb(page).getByRole("button").allInnerTexts()).toEqual([
        expect.stringMatching(/^All/),
        "etl.py (pid 4711)",
        "MainThread",
        "<module>",
        "run",
        "score_all",
      ]);
      expect(await pixels(page)).not.toBe(whole);
      // Zoomed, score_all is as wide as the picture: its right end is where thread monitor was.
      await clickRow(page, 4, 0.9);
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("score_all");
      await breadcrumb(page).getByRole("button", { name: "run" }).click();
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("run");
      await canvas(page).focus();
      await page.keyboard.press("ArrowDown");
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("score_all");
      await page.keyboard.press("ArrowRight");
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("load_day");
      await page.keyboard.press("ArrowUp");
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("run");
      await page.keyboard.press("Escape");
      await expect.poll(() => breadcrumb(page).count()).toBe(0);
      expect(await pixels(page)).toBe(whole);
      await page.mouse.move(300, 300);
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -300);
      await page.keyboard.up("Control");
      expect(await pixels(page)).not.toBe(whole);
      await button(page, /^All/).first().click();
      await page.mouse.move(0, 0);
      expect(await pixels(page)).toBe(whole);
    });
  });

  test("the detail panel says where a function is, on which lines it spent time, and copies", async () => {
    await open(batchJob(), async (page) => {
      await clickRow(page, 5);
      const detail = page.getByRole("region", { name: "Selected function" });
      expect(await detail.getByRole("heading").innerText()).toBe("edit_distance");
      expect(await detail.locator("code").first().innerText()).toBe("/srv/etl/pipeline/score.py:58");
      const lines = await detail.locator("tbody tr").allInnerTexts();
      expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(["66", "63"]);
      expect(lines[0]).toMatch(/s\s+\d[\d.]* s\s+9–32$/);
      await detail.getByRole("button", { name: "Copy location" }).click();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("/srv/etl/pipeline/score.py:58");
      await detail.getByRole("button", { name: "Copy stack" }).click();
      expect((await page.evaluate(() => navigator.clipboard.readText())).split("\n").map((line) => line.split(" ")[0])).toEqual([
        "<module>",
        "run",
        "score_all",
        "edit_distance",
      ]);
      const before = await pixels(page);
      await page.locator(".hottest button", { hasText: "Condition.wait" }).click();
      expect(await detail.getByRole("heading").innerText()).toBe("Condition.wait");
      expect(await pixels(page)).not.toBe(before); // its places are marked
      await page.locator(".hottest button", { hasText: "edit_distance" }).click();
      await detail.getByRole("button", { name: "Callers" }).click();
      await expect.poll(() => button(page, "Callers").first().getAttribute("aria-pressed")).toBe("true");
      expect(await page.locator("#search").inputValue()).toBe("edit_distance");
    });
  });

  test("a tooltip follows the mouse", async () => {
    await open(batchJob(), async (page) => {
      const area = (await canvas(page).boundingBox())!;
      await page.mouse.move(area.x + 20, area.y + 110);
      const tip = page.getByRole("tooltip");
      await expect.poll(() => tip.innerText()).toMatch(/edit_distance\s+pipeline\/score\.py:58[\s\S]*Total[\s\S]*%[\s\S]*Own[\s\S]*Your code/);
      await page.mouse.move(area.x + 20, area.y + area.height - 10);
      await expect.poll(() => tip.count()).toBe(0);
    });
  });

  test("search is literal unless it is /a pattern/, and says the share of time", async () => {
    await open(batchJob(), async (page) => {
      const plain = await pixels(page);
      const result = page.locator("#search-result");
      await page.keyboard.press("/");
      await page.keyboard.type("edit_dist");
      await expect.poll(() => result.innerText()).toMatch(/^\d+\.\d % in 1 function$/);
      expect(await pixels(page)).not.toBe(plain);
      await page.keyboard.press("Enter");
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toBe("edit_distance");
      const search = page.locator("#search");
      await search.fill("_.*e");
      await expect.poll(() => result.innerText()).toBe("no match");
      await search.fill("/^(sub|_compile)$/");
      await expect.poll(() => result.innerText()).toMatch(/ % in 2 functions$/);
      await search.fill("/(/");
      await expect.poll(() => result.innerText()).toBe("not a valid pattern");
      await search.fill("pipeline/clean.py");
      await expect.poll(() => result.innerText()).toMatch(/ % in 2 functions$/);
    });
  });

  test("callers, time order and table show the same recording another way", async () => {
    await open(batchJob(), async (page) => {
      const flame = await pixels(page);
      await button(page, "Callers").click();
      const callers = await pixels(page);
      expect(callers).not.toBe(flame);
      await clickRow(page, 1);
      expect((await breadcrumb(page).getByRole("button").allInnerTexts()).slice(1)).toEqual(["Condition.wait", "Queue.get"]);

      await page.keyboard.press("3");
      await expect.poll(() => button(page, "Time order").getAttribute("aria-pressed")).toBe("true");
      expect(await page.locator(".axis").innerText()).toMatch(/1\.00 s\s+2\.00 s/);
      const area = (await canvas(page).boundingBox())!;
      await page.mouse.move(area.x + area.width * 0.9, area.y + 70);
      await expect.poll(() => page.getByRole("tooltip").innerText()).toMatch(/write_report[\s\S]*This time[\s\S]*from 8\./);

      await button(page, "Table").click();
      const rows = page.locator(".functions tbody tr");
      const table = page.getByRole("table", { name: "Functions" });
      expect(await rows.first().innerText()).toMatch(/Condition\.wait/);
      const count = await table.getAttribute("aria-rowcount");
      expect(Number(count)).toBeGreaterThan(25);
      await button(page, "Total").click();
      await expect.poll(() => rows.first().innerText()).toMatch(/Thread\._bootstrap/);
      expect(await page.locator("th[aria-sort=descending]").innerText()).toContain("Total");
      await button(page, "Function").click();
      await expect.poll(() => rows.first().innerText()).toMatch(/_compile/);
      expect(await page.locator("th[aria-sort=ascending]").innerText()).toContain("Function");
      await page.locator("#search").fill("json");
      await expect.poll(() => rows.count()).toBe(3);
      await page.locator("#search").fill("");
      await expect.poll(() => table.getAttribute("aria-rowcount")).toBe(count);
      await rows.filter({ hasText: "parse_row" }).getByRole("button").click();
      expect(await page.getByRole("region", { name: "Selected function" }).innerText()).toContain("/srv/etl/pipeline/load.py:52");
    });
  });

  test("thread, process and metric filter the recording", async () => {
    await open(batchJob(), async (page) => {
      const whole = await pixels(page);
      const hottest = page.locator(".hottest li").first();
      await page.getByRole("combobox", { name: "Thread" }).selectOption({ label: "MainThread (4711)" });
      await expect.poll(() => hottest.innerText()).toMatch(/^edit_distance/);
      expect(await pixels(page)).not.toBe(whole);
      await page.locator(".threads button", { hasText: "All threads" }).click();
      await button(page, "CPU").click();
      await expect.poll(() => hottest.innerText()).toMatch(/^deflate/);
      await button(page, "GIL").click();
      await expect.poll(() => hottest.innerText()).toMatch(/^edit_distance/);
      expect(await page.locator(".hottest").innerText()).not.toContain("executemany");
      await button(page, "Wall").click();
      await page.locator(".threads button", { hasText: "pipeline.compress (pid 4800)" }).click();
      await expect.poll(() => hottest.innerText()).toMatch(/^deflate\s+100 %/);
    });
  });

  test("light and dark follow the system until one is chosen", async () => {
    await open(batchJob(), async (page) => {
      const theme = (): Promise<string | undefined> => page.evaluate(() => document.documentElement.dataset["theme"]);
      await page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(theme).toBe("dark");
      const dark = await pixels(page);
      await page.emulateMedia({ colorScheme: "light" });
      await expect.poll(theme).toBe("light");
      expect(await pixels(page)).not.toBe(dark);
      await button(page, "Switch to dark colours").click();
      await expect.poll(theme).toBe("dark");
      expect(await pixels(page)).toBe(dark);
    });
  });

  test("fits 400 pixels", async () => {
    await open(batchJob(), async (page) => {
      await page.setViewportSize({ width: 400, height: 800 });
      await settle(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
      expect((await canvas(page).boundingBox())!.width).toBeGreaterThan(350);
      for (const name of ["Callers", "Time order", "Table"]) {
        await button(page, name).first().click();
        await settle(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
      }
    });
  });

  test("names cannot become HTML", async () => {
    await open(hostileNames(), async (page) => {
      await expect.poll(() => page.locator(".hottest li").count()).toBe(1);
      for (const view of ["Callers", "Time order", "Table", "Flame graph"]) {
        await button(page, view).first().click();
        await page.locator(".hottest button").first().click();
        await settle(page);
      }
      await canvas(page).hover({ position: { x: 40, y: 30 } });
      await expect.poll(() => page.getByRole("tooltip").innerText()).toContain("<img src=x onerror=");
      expect(await page.evaluate(() => [document.querySelectorAll("img").length, "hacked" in globalThis])).toEqual([0, false]);
    });
  });

  test("says so when it is empty, cut off, damaged or only the template", async () => {
    await open(emptyRecording(), async (page) => {
      await expect.poll(() => page.locator(".message h1").innerText()).toBe("Nothing was recorded");
    });
    await open(batchJob(false), async (page) => {
      await expect.poll(() => page.getByText("Incomplete recording.").isVisible()).toBe(true);
    });
    await open(
      batchJob(),
      async (page) => {
        await expect.poll(() => page.locator(".message h1").innerText()).toBe("This recording cannot be shown");
      },
      (html) => html.replace(/(id="lynceus-recording">).{40}/, "$1"),
    );
    await open(null, async (page) => {
      await expect.poll(() => page.locator(".message h1").innerText()).toBe("No recording");
    });
  });

  test("of a million nodes only what can be seen is painted", async () => {
    await open(largeRecording(1_100_000), async (page) => {
      await canvas(page).waitFor({ timeout: 30_000 });
      const pixelsOfRows = await canvas(page).evaluate((element: HTMLCanvasElement) => element.clientWidth * Math.ceil(element.clientHeight / 20));
      await page.mouse.move(400, 400);
      // Every rectangle that is drawn while the wheel zooms in and out again, frame by frame.
      const worst = await page.evaluate(async () => {
        const element = document.querySelector("canvas")!;
        const { x, y } = element.getBoundingClientRect();
        let count = 0;
        let most = 0;
        const context = element.getContext("2d")!;
        const fillRect = context.fillRect.bind(context);
        context.fillRect = (...area) => {
          count++;
          fillRect(...area);
        };
        for (let i = 0; i < 40; i++) {
          count = 0;
          element.dispatchEvent(new WheelEvent("wheel", { deltaY: i < 20 ? -40 : 40, ctrlKey: true, clientX: x + 300, clientY: y + 100, bubbles: true }));
          await new Promise((resolve) => requestAnimationFrame(resolve));
          await new Promise((resolve) => setTimeout(resolve, 0));
          most = Math.max(most, count);
        }
        context.fillRect = fillRect;
        return most;
      });
      expect(worst).toBeGreaterThan(1000);
      expect(worst).toBeLessThanOrEqual(pixelsOfRows);
      const whole = await pixels(page);
      await page.mouse.wheel(0, -600);
      expect(await pixels(page)).not.toBe(whole);
    });
  });
});
