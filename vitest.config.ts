import { type ViteUserConfig, defineConfig } from "vitest/config";
import { CountReporter } from "./test/support/count-reporter.ts";

/** Real processes on a machine that others share: what fails by bad timing alone passes the next time. */
const withProcesses = { retry: process.env["CI"] ? 2 : 0, testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * Five projects: `unit` starts no process and takes seconds; `architecture` reads the tree; `untimed` and `integration` profile real
 * interpreters, the latter one file at a time because CI has two cores and timing is part of the truth; `browser` opens pages.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ["default", new CountReporter()],
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts", "ui/**/*.test.ts", "test/support/**/*.test.ts"], maxWorkers: 2, testTimeout: 30_000 } },
      { test: { name: "architecture", include: ["test/architecture.test.ts", "test/docs.test.ts"] } },
      { test: { name: "untimed", include: ["test/untimed/**/*.test.ts"], maxWorkers: 2, ...withProcesses } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], fileParallelism: false, ...withProcesses } },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], fileParallelism: false, ...withProcesses } },
    ],
  },
});

export default config;
