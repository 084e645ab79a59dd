import { appendFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Prints `N passed, N failed` (and `, N skipped` when there are some) alone on the last line: what CI reads. Errors
 * that belong to no test (a file that cannot be loaded, an unhandled rejection) count as failed ones. With
 * LYNCEUS_COUNTS the counts are also appended to that file as a line of JSON, for a run of several steps.
 */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "failed" : state]++;
      }
      if (module.errors().length > 0) counts.failed++;
    }
    const file = process.env["LYNCEUS_COUNTS"];
    if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
    const line = `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`;
    // After vitest's own summary, whatever the order of the reporters.
    process.once("exit", () => process.stdout.write(line));
  }
}
