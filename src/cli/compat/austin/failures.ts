import type { ErrorCode } from "../../../base/errors.ts";

export interface Failure {
  readonly exitCode: number;
  readonly text: string;
}

const notPython: Failure = { exitCode: 32, text: "👾 It looks like you are trying to profile a process that is not a Python process" };
const tooQuick: Failure = { exitCode: 33, text: "❌ Cannot launch the given command or it terminated too quickly" };
const cannotAttach: Failure = { exitCode: 36, text: "🛑 Cannot attach to the given process" };

/** With -C the program itself need not be one. */
export const noPythonChildren: Failure = {
  exitCode: 39,
  text: "🚼 It looks like you are trying to profile a process that is not a Python process, and that has not spawned any child Python processes",
};
export const noTarget: Failure = { exitCode: 255, text: "👓 I need either a command to run or a PID to attach to" };

/** What Austin says of each, and its exit code. */
export const failures: Readonly<Record<ErrorCode, Failure>> = {
  "not-python": notPython,
  "unsupported-python": { exitCode: 32, text: "🔢 Cannot read this version of the Python interpreter" },
  "ended-early": tooQuick,
  "cannot-launch": tooQuick,
  "cannot-attach": cannotAttach,
  "no-permission": { exitCode: 37, text: "🔒 Insufficient permissions" },
  "no-such-process": cannotAttach,
  "bad-arguments": { exitCode: 64, text: "👓 Bad arguments" },
  "bad-recording": { exitCode: 65, text: "💾 The recording cannot be read" },
  "cannot-write": { exitCode: 255, text: "💾 Unable to create the given output file" },
};
