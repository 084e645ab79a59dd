import type { Locator, Page } from "playwright-core";

/** The parts of the page that most tests use. */

export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole("button", { name, exact: typeof name === "string" });
}

export function breadcrumb(page: Page): Locator {
  return page.getByRole("navigation", { name: "Path to the selected box" });
}

export function canvas(page: Page): Locator {
  return page.locator("canvas");
}

/** Clicks into a row of the picture, from 0; `xShare` of its width from the left. */
export async function clickRow(page: Page, row: number, xShare = 0.02): Promise<void> {
  const area = (await canvas(page).boundingBox())!;
  await page.mouse.click(area.x + area.width * xShare, area.y + row * 20 + 10);
  await settle(page);
}

/** A zoom takes 160 ms. */
export async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(260);
}

/** The picture itself, to see whether it changed. */
export async function pixels(page: Page): Promise<string> {
  await settle(page);
  return await canvas(page).evaluate((element: HTMLCanvasElement) => element.toDataURL());
}
