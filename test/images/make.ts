/**
 * Makes the memory images that tests decode without any process: `npx tsx test/images/make.ts [3.8 3.11-i686 ...]`, for all of `savedVersions` or
 * those named. Starts `target.py`, reads everything about it that the tests will read and some more, and saves the pages
 * that were touched.
 */
import { homedir } from "node:os";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { i686Interpreters, interpreters } from "../support/interpreters.ts";
import { readNames, readObjects, readThreads } from "./compare.ts";
import { RecordingMemory } from "./recording-memory.ts";
import { runtimeOf } from "./runtime-of.ts";
import { SavedImage, savedVersions, versionName } from "./saved-image.ts";
import { startTarget } from "./target-process.ts";

const biggestDict = 400;
/** Where interpreters are here, which is nobody's business. */
const machinePaths = [process.cwd(), homedir()];
const named = process.argv.slice(2);
const wanted = named.length > 0 ? named : savedVersions;

for (const { minor, wordSize, path, version } of [...interpreters(), ...i686Interpreters()]) {
  const name = versionName(minor, wordSize);
  if (!wanted.includes(name)) continue;
  await using target = await startTarget(path, biggestDict);
  const memory = new RecordingMemory(new RemoteMemory(target.pid));
  const runtime = runtimeOf(memory, target.truth);
  readObjects(memory, runtime.layout, target.truth.objects);
  readThreads(memory, runtime);
  readNames(memory, runtime);
  for (const place of machinePaths) hide(place, memory.pages);
  const size = new SavedImage(target.truth, memory.pages).save(name);
  console.log(`${name} (${version}): ${memory.pages.size} pages, ${(size / 1000).toFixed(0)} kB`);
}

/** Dots instead of `text`, wherever it stands in a page. */
function hide(text: string, pages: ReadonlyMap<number, Uint8Array>): void {
  for (const page of pages.values()) {
    const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) bytes.fill(".", at, at + text.length);
  }
}
