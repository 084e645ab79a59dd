import { describe, expect, test } from "vitest";
import { expectedNames, readNames, readObjects, readThreads } from "../../test/images/compare.ts";
import { runtimeOf } from "../../test/images/runtime-of.ts";
import { SavedImage, savedVersions } from "../../test/images/saved-image.ts";

describe.each(savedVersions)("a memory image of CPython %s", (version) => {
  const image = SavedImage.load(version);
  const runtime = runtimeOf(image, image.truth);

  test("objects, code, and chains of awaits are what the program said", () => {
    expect(readObjects(image, runtime.layout, image.truth.objects)).toEqual(image.truth.objects);
  });

  test("every thread's name is what `threading` calls it", () => {
    expect(readNames(image, runtime)).toEqual(expectedNames(image.truth));
  });

  test("every frame of every thread has the name, line and columns that the program said", () => {
    const seen = readThreads(image, runtime);
    expect(seen.size).toBe(image.truth.threads.length);
    for (const { ident, frames } of image.truth.threads) if (frames) expect(seen.get(ident)?.frames).toEqual(frames);
  });
});
