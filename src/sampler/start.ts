import { LynceusError } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";
import { startSession } from "./session.ts";
import { type Session, type SessionOptions, type SessionTarget, defaultSessionOptions } from "./session-options.ts";

/** What is left out is as in `defaultSessionOptions`. */
export type RunOptions = Partial<Omit<SessionOptions, "target">>;
export type AttachOptions = Omit<RunOptions, "killAtEnd" | "waitAtEnd" | "programOutput" | "startTimeout" | "onLaunch">;

/** Records a process that is running, without stopping it. Rejects with `LynceusError`: no such process, no permission, not Python ... */
export async function attach(pid: Pid, options: AttachOptions = {}): Promise<Session> {
  return await start({ kind: "process", pid }, options);
}

/** Starts a program and records the Python in it from its first moment. Rejects with `LynceusError`: cannot launch, not Python ... */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Session> {
  if (command.length === 0) throw new LynceusError("bad-arguments", "there is no command to run");
  return await start({ kind: "command", command }, options);
}

async function start(target: SessionTarget, options: RunOptions): Promise<Session> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as RunOptions;
  const all: SessionOptions = { ...defaultSessionOptions, ...given, target };
  if (!(all.interval >= 1e3 && all.interval <= 3600e9)) {
    throw new LynceusError("bad-arguments", `an interval of ${all.interval} ns cannot be kept`, { hint: "from 1,000 (1 us) to 3,600,000,000,000 (1 h)" });
  }
  return await startSession(all);
}
