import { readFileSync } from "node:fs";
import { LynceusError } from "../../base/errors.ts";

/** Beside the built program, and where the build leaves it when this runs from the sources. */
const places = ["../../ui.html", "../../../dist/ui.html"];

/** The page that ui/ builds. The one thing that a format needs besides the recording. */
export function loadTemplate(): string {
  for (const place of places) {
    try {
      return readFileSync(new URL(place, import.meta.url), "utf8");
    } catch {
      // The next place.
    }
  }
  throw new LynceusError("cannot-write", "the page for .html files is not built", { hint: "npm run build" });
}
