/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Lynceus as a library: what the command line is made of, for programs. Linux on x86-64; the same rights as the command
 * line needs. What the user of a program can put right is thrown as `LynceusError`; everything else is a fault.
 *
 *   const { threads } = where(812);                               // what is process 812 doing now?
 *
 *   const session = await attach(812, { exposure: 10e9 });        // a recording in the making
 *   for await (const { thread, stack } of session.samples()) ...
 *
 *   using recording = readRecording("app.lyn");                   // and one that was made
 *   for (const { name, own } of formatReport(recording, { mode: "cpu", by: "function", limit: 10 }).rows) ...
 *
 * docs/library.md has more.
 */

export { type ErrorCode, LynceusError } from "./base/errors.ts";
export type { ByteSource } from "./base/memory.ts";
export type * from "./base/units.ts";

/** One look at a process, and a recording of one. */
export { lookAt as where, lookBelow as whereBelow, type LookOptions } from "./sampler/look.ts";
export type { WhereAwaited, WhereCircle, WhereFrame, WhereResult, WhereTask, WhereTaskLibrary, WhereTasks, WhereThread, WhereTree } from "./sampler/where.ts";
export type { TaskKind, TaskState } from "./cpython/tasks/found-task.ts";
export { type AttachOptions, attach, type RunOptions, run } from "./sampler/start.ts";
export {
  type CaptureObstacle,
  defaultSessionOptions,
  type PauseOutcome,
  type Session,
  type SessionOptions,
  type SessionOutcome,
  type SessionTarget,
  type SessionTotals,
  type SessionUpdate,
} from "./sampler/session-options.ts";

/** Recordings: the model, reading any format, writing `.lyn` while it is made. */
export * from "./profile/tables.ts";
export { readSamples, readWaits, type Sample, type SampleFrame, type Wait } from "./profile/samples.ts";
export { openRecordingFile as readRecording, type RecordingFile } from "./formats/files/open-file.ts";
export { openRecording } from "./formats/open-recording.ts";
export { bytesSource } from "./formats/recording/byte-source.ts";
export { nodeCodec } from "./formats/recording/node-codec.ts";
export { RecordingWriter, type Sink } from "./formats/recording/recording-writer.ts";

/** Where the time went. */
export { type Report, type ReportOptions, type ReportRow, type ReportThread, formatReport } from "./profile/report.ts";
export { type LongStretch, reportTasks, type TaskGroup, type TaskReport, type TaskReportOptions, type TaskThread } from "./profile/task-report.ts";
export { type Change, type Diff, type DiffBasis, type DiffOptions, type DiffRow, formatDiff } from "./profile/diff.ts";
export { type Mode, type SampleFilter } from "./profile/sample-filter.ts";
