import { LynceusError } from "../../base/errors.ts";
import {
  type ProcessRow,
  type QualityRow,
  type RecordingEnd,
  type RecordingMeta,
  type RenameRow,
  type ResidentRow,
  type TaskRenameRow,
  type TaskRow,
  type ThreadRow,
  taskKinds,
} from "../../profile/tables.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The section `rows` of a block. Indices are not checked here. */
export interface Rows {
  readonly restartsTables: boolean;
  readonly processes: readonly ProcessRow[];
  readonly threads: readonly ThreadRow[];
  readonly renames: readonly RenameRow[];
  readonly tasks: readonly TaskRow[];
  readonly taskRenames: readonly TaskRenameRow[];
  readonly residents: readonly ResidentRow[];
  readonly quality: readonly QualityRow[];
  readonly end: RecordingEnd | null;
}

export const noRows: Rows = {
  restartsTables: false,
  processes: [],
  threads: [],
  renames: [],
  tasks: [],
  taskRenames: [],
  residents: [],
  quality: [],
  end: null,
};

/** Unknown members are left alone: a later writer may add some. Throws `bad-recording` when one is missing or of another type. */
export function decodeRows(text: string): Rows {
  const json = object(parseJson(text));
  return {
    restartsTables: json["restartsTables"] === true,
    processes: list(json["processes"]).map((row) => decodeProcess(object(row))),
    threads: list(json["threads"]).map((row) => decodeThread(object(row))),
    renames: list(json["renames"]).map((row) => decodeRename(object(row))),
    tasks: list(json["tasks"]).map((row) => decodeTask(object(row))),
    taskRenames: list(json["taskRenames"]).map((row) => decodeTaskRename(object(row))),
    residents: list(json["residents"]).map((row) => decodeResident(object(row))),
    quality: list(json["quality"]).map((row) => decodeQuality(object(row))),
    end: json["end"] === null ? null : decodeEnd(json["end"]),
  };
}

export function decodeEnd(value: unknown): RecordingEnd {
  const end = object(value);
  const [duration, reason] = [count(end, "duration"), string(end, "reason")];
  return end["unrecorded"] === undefined ? { duration, reason } : { duration, reason, unrecorded: count(end, "unrecorded") };
}

export function decodeMeta(text: string): RecordingMeta {
  return decodeMetaRow(object(parseJson(text)));
}

export function decodeMetaRow(json: Json): RecordingMeta {
  const mode = json["mode"];
  if (mode !== "wall" && mode !== "cpu" && mode !== "gil") throw missing("mode");
  const extra = Object.entries(object(json["extra"])).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    creator: string(json, "creator"),
    startedAt: number(json, "startedAt"),
    interval: count(json, "interval"),
    mode,
    command: strings(json, "command"),
    host: string(json, "host"),
    system: string(json, "system"),
    // As an own member even when it is called "__proto__".
    extra: Object.fromEntries(extra),
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LynceusError("bad-recording", "a part of the recording is not the JSON that it should be", { cause });
  }
}

export function decodeProcess(row: Json): ProcessRow {
  return {
    pid: number(row, "pid"),
    parentPid: number(row, "parentPid"),
    commandLine: strings(row, "commandLine"),
    pythonVersion: string(row, "pythonVersion"),
    executable: string(row, "executable"),
    startTime: number(row, "startTime"),
  };
}

export function decodeThread(row: Json): ThreadRow {
  return {
    process: count(row, "process"),
    tid: number(row, "tid"),
    interpreter: number(row, "interpreter"),
    name: string(row, "name"),
    startTime: number(row, "startTime"),
  };
}

export function decodeRename(row: Json): RenameRow {
  return { time: number(row, "time"), thread: count(row, "thread"), name: string(row, "name") };
}

export function decodeTask(row: Json): TaskRow {
  const kind = taskKinds.find((name) => name === row["kind"]);
  if (kind === undefined) throw missing("kind");
  return {
    thread: count(row, "thread"),
    kind,
    name: string(row, "name"),
    coroutine: string(row, "coroutine"),
    address: count(row, "address"),
    startTime: number(row, "startTime"),
    ...(row["isLoop"] === true ? { isLoop: true } : {}),
  };
}

export function decodeTaskRename(row: Json): TaskRenameRow {
  return { time: number(row, "time"), task: count(row, "task"), name: string(row, "name") };
}

export function decodeResident(row: Json): ResidentRow {
  return { time: number(row, "time"), process: count(row, "process"), bytes: count(row, "bytes") };
}

export function decodeQuality(row: Json): QualityRow {
  return {
    time: number(row, "time"),
    roundsDue: count(row, "roundsDue"),
    roundsLate: count(row, "roundsLate"),
    verified: count(row, "verified"),
    exact: count(row, "exact"),
    paused: count(row, "paused"),
    partial: count(row, "partial"),
    lost: count(row, "lost"),
    busy: number(row, "busy"),
  };
}

export function object(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw missing("object");
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw missing("list");
  return value;
}

function string(row: Json, name: string): string {
  const value = row[name];
  if (typeof value !== "string") throw missing(name);
  return value;
}

function strings(row: Json, name: string): readonly string[] {
  const values = list(row[name]);
  if (!values.every((value) => typeof value === "string")) throw missing(name);
  return values;
}

function number(row: Json, name: string): number {
  const value = row[name];
  if (typeof value !== "number" || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw missing(name);
  return value;
}

function count(row: Json, name: string): number {
  const value = number(row, name);
  if (value < 0) throw missing(name);
  return value;
}

function missing(name: string): LynceusError {
  return new LynceusError("bad-recording", `a part of the recording has no right "${name}"`);
}
