import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { htmlFormat } from "../../src/formats/html/html-format.ts";
import type { Recording } from "../../src/profile/tables.ts";
import { openChromium } from "./chromium.ts";

/** A browser, and the page as the sources have it now. */
export class Pages {
  readonly #template: string;
  readonly #browser: BrowserContext;
  readonly #closeBrowser: () => Promise<void>;
  readonly #directory = mkdtempSync(join(tmpdir(), "lynceus-view-"));

  private constructor(template: string, browser: BrowserContext, closeBrowser: () => Promise<void>) {
    this.#template = template;
    this.#browser = browser;
    this.#closeBrowser = closeBrowser;
  }

  static async start(chromium: string): Promise<Pages> {
    const result = await build({ configFile: "vite.config.ts", logLevel: "error", build: { write: false } });
    const outputs = Array.isArray(result) ? result.flatMap(({ output }) => output) : "output" in result ? result.output : [];
    expect(outputs.map(({ fileName }) => fileName)).toEqual(["ui.html"]);
    const [page] = outputs;
    const { browser, close } = await openChromium(chromium);
    return new Pages(page?.type === "asset" ? String(page.source) : "", browser, close);
  }

  /**
   * Opens the page of a recording (two: one that compares them; null: the bare template) from disk, `check`s it, and fails the test for whatever the
   * page complains about or asks for. `rewrite` may damage the file before.
   */
  async open(
    recording: Recording | readonly [before: Recording, after: Recording] | null,
    check: (page: Page) => Promise<void>,
    rewrite: (html: string) => string = (html) => html,
  ): Promise<void> {
    const options = { ...defaultWriteOptions, htmlTemplate: this.#template };
    const pieces =
      recording === null
        ? [this.#template]
        : "meta" in recording
          ? htmlFormat.write!(recording, options)
          : htmlFormat.compare!(recording[0], recording[1], { ...options, basis: null });
    const html = [...pieces].map(String).join("");
    const file = join(this.#directory, "page.html");
    writeFileSync(file, rewrite(html));
    const address = pathToFileURL(file).href;
    const page = await this.#browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.stack ?? error.message}`));
    page.on("request", (request) => {
      if (request.url() !== address && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    await check(page);
    await page.close();
    expect(complaints).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#closeBrowser();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
