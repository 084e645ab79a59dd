import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Seconds } from "../../src/base/units.ts";
import { openRecording } from "../../src/formats/open-recording.ts";
import { bytesSource } from "../../src/formats/recording/byte-source.ts";
import type { Interpreter } from "./interpreters.ts";
import { lynceus, temporaryFolder } from "./lynceus.ts";
import { emptyJudged, RecordingJudge, type Judged } from "./recording-judge.ts";
import { projectRoot } from "./source-tree.ts";
import { readPossibleStacks, type PossibleStacks, type StackJudge } from "./stack-judge.ts";
import { programPath, startTarget } from "./target.ts";

/** Ways of capturing, as options, with an interval that is as short as each can be. */
export const tearingWays: Readonly<Record<string, readonly string[]>> = {
  remote: ["--source", "remote", "--pause", "never", "-i", "20us"],
  kernel: ["--source", "kernel", "-i", "50us"],
  "kernel-clock": ["--source", "kernel-clock", "-i", "50us"],
  pause: ["--source", "remote", "--pause", "always", "-i", "50us"],
  auto: ["-i", "50us"],
};

/** The same as `readPossibleStacks`, kept in a folder until the program changes. */
export function possibleStacksOf(interpreter: Interpreter, program: string, folder: string): PossibleStacks {
  const mark = createHash("sha1")
    .update(readFileSync(programPath(program)))
    .update(readFileSync(join(projectRoot, "test/support/possible_stacks.py")))
    .digest("hex");
  const file = join(folder, `possible-${interpreter.version}-${mark}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as PossibleStacks;
  const possible = readPossibleStacks(interpreter, program);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(possible));
  return possible;
}

export interface TearsOptions {
  readonly seconds: Seconds;
  readonly judge: StackJudge;
  /** Counts go on in here. */
  readonly judged?: Judged;
}

/** Records a program that tears and judges every sample, of threads: a task's stack is put together of several. The program has CPU 0, Lynceus shares the others with whatever runs. */
export async function recordTears(interpreter: Pick<Interpreter, "path">, program: string, way: readonly string[], options: TearsOptions): Promise<Judged> {
  using folder = temporaryFolder();
  const file = folder.file("tears.lyn");
  await using target = await startTarget(...onFirstCpu(interpreter, program));
  const { code, err } = await lynceus(["attach", "-q", "--no-tasks", "-x", `${options.seconds}`, ...way, "-o", file, `${target.pid}`]);
  if (code !== 0) throw new Error(`exit code ${code}: ${err.trim()}`);
  const judge = new RecordingJudge(options.judge, options.judged ?? emptyJudged());
  judge.addRecording(openRecording(bytesSource(readFileSync(file))));
  return judge.judged;
}

/** What to give to `startTarget` for a program that is to have CPU 0. */
export function onFirstCpu({ path }: Pick<Interpreter, "path">, program: string): Parameters<typeof startTarget> {
  if (cpus().length < 2) return [{ path }, program];
  return [{ path: "taskset" }, program, [], { pythonArguments: ["-c", "0", path] }];
}
