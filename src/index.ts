/**
 * Lynceus as a library: what the command line is made of, for programs. Linux on x86-64; the same rights as the command
 * line needs. What the user of a program can put right is thrown as `LynceusError`; everything else is a fault.
 *
 *   const { threads } = lookAt(812);                              // what is process 812 doing now?
 *
 *   const session = await startSession(options, { onBlock: (block) => ..., onProgress: () => {} });
 *   const { totals, reason } = await session.finished;            // a recording in the making
 *
 *   const recording = openRecording(bytesSource(readFileSync("app.lyn")));
 *   for (const { name, own } of formatReport(recording, { mode: "cpu", by: "function", limit: 10 }).rows) ...
 */

export { type ErrorCode, LynceusError } from "./base/errors.ts";
export type { ByteSource } from "./base/memory.ts";
export type * from "./base/units.ts";

/** One look at a process, and a recording of one. */
export { lookAt } from "./sampler/look.ts";
export { startSession } from "./sampler/session.ts";
export type { Session, SessionListener, SessionOptions, SessionOutcome, SessionTarget, SessionTotals } from "./sampler/session-options.ts";
export type { WhereFrame, WhereResult, WhereThread } from "./sampler/where.ts";

/** Recordings: the model, reading any format, writing `.lyn` while it is made. */
export * from "./profile/tables.ts";
export { openRecording } from "./formats/open-recording.ts";
export { bytesSource } from "./formats/recording/byte-source.ts";
export { nodeCodec } from "./formats/recording/node-codec.ts";
export { RecordingWriter, type Sink } from "./formats/recording/recording-writer.ts";

/** Where the time went. */
export { type Report, type ReportOptions, type ReportRow, type ReportThread, formatReport } from "./profile/report.ts";
export { type Mode, type SampleFilter } from "./profile/sample-filter.ts";
