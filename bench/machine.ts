import { execFileSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";

/** The line above a table: figures are worth little without it. */
export function describeMachine(): string {
  const load = loadavg()[0]!.toFixed(1);
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}, load ${load}`;
}

/** Moves this process, and what it starts, to CPU 1. Programs go to 0: what runs on a program's CPU, instead of it, sees it stand still. */
export function useOwnCpu(): void {
  if (cpus().length > 1) execFileSync("taskset", ["-apc", "1", `${process.pid}`]);
}
