import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { findFormatByName } from "../../src/formats/registry.ts";
import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import type { Recording } from "../../src/profile/tables.ts";
import { exampleBlocks, recordingOf } from "../golden/example-recording.ts";
import { exampleTaskBlocks } from "../golden/example-tasks.ts";
import { perfettoPage, speedscopePage } from "../support/foreign-viewers.ts";
import { findChromium, openChromium } from "./chromium.ts";
import { type FileServer, serveFolder } from "./file-server.ts";

const chromium = findChromium();
const example = recordingOf([...stableBlocks(exampleBlocks)]);

function written(format: string, mode: "wall" | "cpu" = "wall", recording: Recording = example): Buffer {
  return Buffer.concat([...findFormatByName(format)!.write!(recording, { ...defaultWriteOptions, mode })].map((piece) => Buffer.from(piece as string)));
}

/** Viewers that others wrote show in a browser what is in our files. */
describe.skipIf(chromium === null)("opened in other viewers", () => {
  const directory = mkdtempSync(join(tmpdir(), "lynceus-viewers-"));
  let browser: BrowserContext;
  let closeBrowser: () => Promise<void>;

  beforeAll(async () => {
    ({ browser, close: closeBrowser } = await openChromium(chromium!, ["--enable-unsafe-swiftshader"]));
  });

  afterAll(async () => {
    await closeBrowser();
    rmSync(directory, { recursive: true, force: true });
  });

  /** As its own command does: a script that hands the file over, named after the page's address. */
  async function openInSpeedscope(page: string, name: string, bytes: Buffer): Promise<Page> {
    const script = join(directory, `${name}.js`);
    writeFileSync(script, `speedscope.loadFileFromBase64(${JSON.stringify(name)}, ${JSON.stringify(bytes.toString("base64"))})`);
    const tab = await browser.newPage();
    await tab.goto(`${pathToFileURL(join(page, "index.html")).href}#localProfilePath=${script}`);
    await tab.getByText("Sandwich").click();
    return tab;
  }

  /** "total self name" of each row of its table. */
  async function tableOf(tab: Page): Promise<readonly string[]> {
    await tab.getByText("Symbol Name").waitFor();
    const rows = await tab.locator("table tr").allInnerTexts();
    return rows.map((row) => row.replaceAll(/\s+/g, " ").trim()).filter((row) => /^\S+ \(/.test(row));
  }

  test("speedscope: profiles by thread, totals", { timeout: 120_000 }, async (context) => {
    const page = speedscopePage();
    if (page === null) return context.skip();
    const tab = await openInSpeedscope(page, "example.speedscope.json", written("speedscope"));
    await expect.poll(() => tab.title()).toContain("python3 app.py");
    expect(await tab.locator("body").innerText()).toContain("MainThread (1/2)");
    expect(await tableOf(tab)).toEqual(
      expect.arrayContaining([
        "2.00ms (29%) 2.00ms (29%) work",
        "4.00ms (57%) 2.00ms (29%) work",
        "6.00ms (86%) 0.00ns (<0.01%) main",
        "1.00ms (14%) 1.00ms (14%) (lost)",
      ]),
    );
    await tab.keyboard.press("n");
    await expect.poll(() => tab.locator("body").innerText()).toContain("wörker (2/2)");
    // It leaves out samples without a stack.
    expect(await tableOf(tab)).toEqual(["5.00ms (100%) 5.00ms (100%) run"]);
    await tab.close();
  });

  test("speedscope: trace events, by thread", { timeout: 120_000 }, async (context) => {
    const page = speedscopePage();
    if (page === null) return context.skip();
    const trace = await openInSpeedscope(page, "example.trace.json", written("chrome"));
    await expect.poll(() => trace.locator("body").innerText()).toContain("python3 app.py (pid 1234), MainThread (tid 1234) (1/2)");
    expect(await tableOf(trace)).toEqual([
      '4.00ms (57%) 4.00ms (57%) work {"filename":"/app/app.py","line":10}',
      "1.00ms (14%) 1.00ms (14%) (lost) {}",
      '1.00ms (14%) 1.00ms (14%) parse;<b> </script> {"filename":"/app/a b;c:d.py","line":3}',
      "999.60µs (14%) 999.60µs (14%) (unproved) {}",
      '6.00ms (86%) 0.00ns (<0.01%) main {"filename":"/app/app.py","line":1}',
    ]);
    await trace.close();
  });

  type Query = (sql: string) => Promise<readonly string[]>;

  /** Null: Perfetto is not here. */
  async function openInPerfetto(trace: Buffer): Promise<{ readonly query: Query; readonly close: () => Promise<void> } | null> {
    const page = perfettoPage();
    if (page === null) return null;
    const server: FileServer = await serveFolder(page);
    const tab = await browser.newPage();
    await tab.goto(server.address);
    await tab.waitForFunction("window.app !== undefined", undefined, { timeout: 60_000 });
    // It listens when it is ready, and does not mind being told twice.
    const hand = `window.postMessage({ perfetto: { title: "example", buffer: Uint8Array.from(atob(${JSON.stringify(trace.toString("base64"))}), (c) => c.charCodeAt(0)).buffer } }, "*")`;
    await expect
      .poll(
        async () => {
          await tab.evaluate(hand);
          return await tab.evaluate("window.app.trace?.engine !== undefined");
        },
        { timeout: 60_000, interval: 2000 },
      )
      .toBe(true);
    const query: Query = async (sql) =>
      tab.evaluate(`(async () => {
        const result = await window.app.trace.engine.query(${JSON.stringify(sql)});
        const rows = [];
        for (const row = result.iter({}); row.valid(); row.next()) rows.push(result.columns().map((name) => String(row.get(name))).join(" "));
        return rows;
      })()`);
    const close = async (): Promise<void> => {
      await tab.close();
      server.close();
    };
    return { query, close };
  }

  test("Perfetto: slices of threads, rows of what is known, nothing that it complains about", { timeout: 180_000 }, async (context) => {
    const perfetto = await openInPerfetto(written("chrome"));
    if (perfetto === null) return context.skip();
    const { query } = perfetto;
    expect(
      await query(
        "select thread.name, tid, depth, ts, dur, slice.name from slice join thread_track on track_id = thread_track.id join thread using(utid) order by tid, ts, depth",
      ),
    ).toEqual([
      "MainThread 1234 0 0 5000000 main",
      "MainThread 1234 1 0 3000400 work",
      "MainThread 1234 2 1000000 2000400 work",
      "MainThread 1234 1 3000400 999600 (unproved)",
      // The line end as it stands in JSON: Perfetto leaves it so.
      String.raw`MainThread 1234 1 4000000 1000000 parse;<b>\n</script>`,
      "MainThread 1234 0 5000000 1000000 (lost)",
      "MainThread 1234 0 6000000 1000000 main",
      "MainThread 1234 1 6000000 1000000 work",
      "wörker 1240 0 2000600 4999400 run",
    ]);
    expect(
      await query(
        "select slice.ts, slice.dur, slice.name from slice join slice above on slice.parent_id = above.id where above.name = 'MainThread: known' order by slice.ts",
      ),
    ).toEqual([
      "0 2000100 verified",
      "2000100 1000300 exact",
      "3000400 999600 partial",
      "4000000 1000000 paused",
      "5000000 1000000 lost",
      "6000000 1000000 verified",
    ]);
    expect(await query("select name from process where pid = 1234")).toEqual(["python3 app.py"]);
    expect(await query("select sum(value) from counter join counter_track on track_id = counter_track.id where name = 'samples verified'")).toEqual(["6"]);
    expect(await query("select name from stats where severity != 'info' and value > 0")).toEqual([]);
    await perfetto.close();
  });

  test("Perfetto: a row for each task that is there at a time", { timeout: 180_000 }, async (context) => {
    const perfetto = await openInPerfetto(written("chrome", "wall", recordingOf([...stableBlocks(exampleTaskBlocks)])));
    if (perfetto === null) return context.skip();
    expect(
      await perfetto.query(
        "select above.name, slice.ts / 1000000, slice.dur / 1000000, slice.name from slice join slice above on slice.parent_id = above.id where slice.category = 'task' and above.category = 'task' order by slice.track_id, slice.ts",
      ),
    ).toEqual(["Task-2 0 60 runs", "request 12 60 40 waits: sleep", "request 12 100 20 runs", "Task-1 0 100 waits: another task", "reader 0 100 waits: Lock"]);
    expect(await perfetto.query("select name from stats where severity != 'info' and value > 0")).toEqual([]);
    await perfetto.close();
  });
});
