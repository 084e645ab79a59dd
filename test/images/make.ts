/**
 * Makes the memory images that tests decode without any process: `npx tsx test/images/make.ts [3.8 ...]`, for all interpreters that are here or
 * those named. Starts `target.py`, reads everything about it that the tests will read and some more, and saves the pages
 * that were touched.
 */
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { readNames, readObjects, readThreads } from "./compare.ts";
import { RecordingMemory } from "./recording-memory.ts";
import { runtimeOf } from "./runtime-of.ts";
import { SavedImage } from "./saved-image.ts";
import { startTarget } from "./target-process.ts";

const biggestDict = 400;
const wanted = process.argv.slice(2);

for (const { minor, path, version } of requireInterpreters()) {
  if (wanted.length > 0 && !wanted.includes(`3.${minor}`)) continue;
  await using target = await startTarget(path, biggestDict);
  const memory = new RecordingMemory(new RemoteMemory(target.pid));
  const runtime = runtimeOf(memory, target.truth);
  readObjects(memory, runtime.layout, target.truth.objects);
  readThreads(memory, runtime);
  readNames(memory, runtime);
  const size = new SavedImage(target.truth, memory.pages).save(minor);
  console.log(`${version}: ${memory.pages.size} pages, ${(size / 1000).toFixed(0)} kB`);
}
