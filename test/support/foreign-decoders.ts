import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./source-tree.ts";

const sources = join(projectRoot, "test", "decoders");
const program = join(projectRoot, ".cache", "decoders");

/**
 * Google's pprof, the OpenTelemetry collector's decoder and Pyroscope's labels, as one program in Go: test/decoders. Null, said
 * loudly, when it cannot be built here; in CI that is an error, unless there is no Go.
 */
export function foreignDecoders(): ((what: "pprof" | "otlp" | "labels", argument: string) => unknown) | null {
  try {
    build();
  } catch (error) {
    const isGoHere = !(error instanceof Error && "code" in error && error.code === "ENOENT");
    if (isGoHere && process.env["CI"] !== undefined && process.env["CI"] !== "") throw error;
    console.error(`NOT CHECKED: test/decoders could not be built, so nobody else has read our pprof and OTLP (${String(error).split("\n")[0]})`);
    return null;
  }
  return (what, argument) => JSON.parse(execFileSync(program, [what, argument], { encoding: "utf8", maxBuffer: 2 ** 28 }));
}

function build(): void {
  const newest = Math.max(...["main.go", "go.mod", "go.sum"].map((name) => statSync(join(sources, name)).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > newest) return;
  mkdirSync(join(projectRoot, ".cache"), { recursive: true });
  execFileSync("go", ["build", "-o", program, "."], { cwd: sources, stdio: "pipe", timeout: 170_000 });
}
