import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { Pages } from "./pages.ts";
import { breadcrumb, button, clickRow, pixels } from "./picture.ts";
import { asyncServer, batchJob } from "./sample-recordings.ts";

const chromium = findChromium();

describe.skipIf(chromium === null)("the page of an asyncio server", () => {
  let pages: Pages;

  beforeAll(async () => {
    pages = await Pages.start(chromium!);
  });

  afterAll(() => pages.close());

  test("has tasks that are alike as one, below the task that waits for them", async () => {
    await pages.open(asyncServer(), async (page) => {
      await clickRow(page, 7); // thread, <module>, run, run_until_complete, Task-*, main, Task-*, handle
      expect(await breadcrumb(page).getByRole("button").allInnerTexts()).toEqual([
        expect.stringMatching(/^All/),
        "MainThread",
        "<module>",
        "run",
        "BaseEventLoop.run_until_complete",
        "Task-*",
        "main",
        "Task-*",
        "handle",
      ]);
      expect(await page.getByRole("list", { name: "Colours" }).innerText()).toContain("Task");
    });
  });

  test("shows each task below its thread, and each by itself, when it is asked to", async () => {
    await pages.open(asyncServer(), async (page) => {
      const usual = await pixels(page);
      await button(page, "By task").click();
      expect(await button(page, "By task").getAttribute("aria-pressed")).toBe("true");
      await clickRow(page, 2);
      expect(await breadcrumb(page).getByRole("button").allInnerTexts()).toEqual([expect.stringMatching(/^All/), "MainThread", "Task-*", "handle"]);
      await page.keyboard.press("Escape");
      await button(page, "Each one").click();
      await clickRow(page, 1);
      expect(await breadcrumb(page).getByRole("button").last().innerText()).toMatch(/^Task-\d+$/);
      await page.keyboard.press("Escape");
      await button(page, "Each one").click();
      await button(page, "By task").click();
      expect(await pixels(page)).toBe(usual);
      // Time on a CPU is that of the tasks that ran: nobody waits in it.
      await button(page, "CPU").click();
      await button(page, "Table").click();
      expect(await page.locator(".function-table, table").first().innerText()).not.toContain("Query.rows");
    });
  });

  test("has no such switches where there are no tasks", async () => {
    await pages.open(batchJob(), async (page) => {
      expect(await page.getByRole("group", { name: "Tasks" }).count()).toBe(0);
    });
  });
});
