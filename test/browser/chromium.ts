import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext } from "playwright-core";

const places = [process.env["CHROMIUM_PATH"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Null when the machine has none; in CI that is an error. */
export function findChromium(): string | null {
  const found = places.find((place) => place !== "" && existsSync(place)) ?? null;
  if (found === null && process.env["CI"]) throw new Error("Chromium is missing: apt-get install chromium");
  if (found === null) console.warn("\n*** Chromium is missing: the browser view is NOT tested (apt-get install chromium) ***\n");
  return found;
}

/** A browser that has never been used and asks nobody for anything. Its profile goes away with it. */
export async function openChromium(executablePath: string, more: readonly string[] = []): Promise<{ browser: BrowserContext; close: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "lynceus-chromium-"));
  const browser = await chromium.launchPersistentContext(directory, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
