import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Microseconds, Nanoseconds, Pid } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, FunctionKind, NONE, type ProcessIndex, type Recording, type ThreadIndex } from "../../profile/tables.ts";
import { markerFile } from "../austin/marker-file.ts";
import { EndOfFile, MojoCursor } from "./mojo-cursor.ts";
import { MojoEvent, mojoMagic, newestVersion, samplerKey } from "./mojo-events.ts";
import { type MojoNames, NamesByProcess } from "./mojo-names.ts";
import { MojoSamples } from "./mojo-samples.ts";
import { MojoTasks } from "./mojo-tasks.ts";
import { idPattern } from "./thread-labels.ts";

const samplesPerBlock = 8192;
const tailSize = 65536;
const mostMetadata = 1000;
const largestPid = 2 ** 31;

type MojoMode = "wall" | "cpu" | "full";

/**
 * MOJO as Austin 3.4 to 4 and Echion write it. It has no times of day: a thread's samples are laid end to end. Threads
 * are as in the file; what Austin 4 says of asyncio's tasks are waits, beside the threads' own time. Complete when the duration is there, which
 * Echion never writes. Throws `bad-recording`; memory profiles are refused.
 */
export function readMojo(source: ByteSource): Recording {
  const metadata = readMetadata(source);
  const mode = metadata.get("mode") ?? "wall";
  if (mode !== "wall" && mode !== "cpu" && mode !== "full") {
    throw new LynceusError("bad-recording", `this is a MOJO profile of mode "${mode}", which cannot be read`);
  }
  const sampler = metadata.get(samplerKey);
  const version = metadata.get("austin");
  const duration = metadata.get("duration");
  const meta = {
    creator: sampler === "echion" ? "Echion" : version === undefined ? "MOJO" : `Austin ${version}`,
    startedAt: 0,
    interval: nanoseconds(metadata.get("interval")),
    mode: mode === "cpu" ? ("cpu" as const) : ("wall" as const),
    command: [],
    host: "",
    system: "",
    extra: Object.fromEntries([...metadata].map(([key, value]) => [`austin.${key}`, value])),
  };
  return { meta, isComplete: duration !== undefined || sampler === "echion", blocks: () => new MojoReader(source, mode, sampler, duration).blocks() };
}

/** From the beginning of the file up to the first sample, and from its end. */
function readMetadata(source: ByteSource): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  const cursor = new MojoCursor(source);
  try {
    readVersion(cursor);
    while (cursor.byte() === MojoEvent.metadata && metadata.size < mostMetadata) metadata.set(cursor.text(), cursor.text());
  } catch (error) {
    if (!(error instanceof EndOfFile)) throw error;
  }
  const tail = Buffer.from(source.read(Math.max(0, source.size - tailSize), tailSize)).toString("latin1");
  const end = /\x01duration\0\d{1,12}\0(?:\x01[a-z]{1,40}\0[^\0]{0,1000}\0){0,20}$/.exec(tail)?.[0] ?? "";
  for (const [, key = "", value = ""] of end.matchAll(/\x01([a-z]+)\0([^\0]*)\0/g)) metadata.set(key, value);
  return metadata;
}

/** Throws `bad-recording` for what is no MOJO, or a later one. */
function readVersion(cursor: MojoCursor): number {
  for (const byte of mojoMagic) if (cursor.byte() !== byte) throw new LynceusError("bad-recording", "this is not a MOJO file");
  const version = cursor.integer();
  if (version < 1 || version > newestVersion) {
    throw new LynceusError("bad-recording", `the file is MOJO version ${version}, this program reads up to ${newestVersion}`);
  }
  return version;
}

class MojoReader {
  readonly #cursor: MojoCursor;
  readonly #builder = new BlockBuilder();
  readonly #names = new NamesByProcess();
  readonly #natives = new Set<FrameIndex>();
  readonly #samples: MojoSamples;
  readonly #tasks: MojoTasks;
  readonly #sampler: string | undefined;
  readonly #duration: string | undefined;
  #version = newestVersion;
  /** Strings and frames belong to the process of the sample that they come in. */
  #process: MojoNames = this.#names.early;
  #pid: Pid = 0;

  constructor(source: ByteSource, mode: MojoMode, sampler: string | undefined, duration: string | undefined) {
    this.#cursor = new MojoCursor(source);
    this.#sampler = sampler;
    this.#duration = duration;
    this.#samples = new MojoSamples(this.#builder, mode, (frame) => this.#natives.has(frame));
    this.#tasks = new MojoTasks(this.#builder);
  }

  *blocks(): Generator<Block> {
    try {
      this.#version = readVersion(this.#cursor);
      for (;;) {
        this.#event(this.#cursor.byte());
        if (this.#builder.sampleCount >= samplesPerBlock) yield this.#builder.take();
      }
    } catch (error) {
      if (!(error instanceof EndOfFile)) throw error;
    }
    this.#tasks.end();
    this.#samples.end();
    yield this.#builder.take(this.#duration === undefined ? null : { duration: nanoseconds(this.#duration), reason: "" });
  }

  #event(event: number): void {
    const cursor = this.#cursor;
    switch (event) {
      case MojoEvent.metadata:
        cursor.text();
        cursor.text();
        return;
      case MojoEvent.stack:
        return this.#stack();
      case MojoEvent.frame:
        return this.#defineFrame();
      case MojoEvent.string:
        return this.#process.defineString(cursor.key(), cursor.text());
      case MojoEvent.frameReference:
        return this.#push(this.#process.frame(cursor.key()));
      case MojoEvent.invalidFrame:
        return this.#push(this.#builder.frame("(invalid)", "", 0, FunctionKind.marker));
      case MojoEvent.kernelFrame:
        return this.#samples.push(this.#builder.frame(cursor.text(), "", 0, FunctionKind.kernel));
      case MojoEvent.collecting:
        return this.#samples.collecting();
      case MojoEvent.idle:
        return this.#samples.idle();
      case MojoEvent.time:
        return this.#time(cursor.integer());
      case MojoEvent.memory:
      case MojoEvent.stringReference:
        cursor.key();
        return;
      default:
        return this.#versionFour(event);
    }
  }

  #versionFour(event: number): void {
    const cursor = this.#cursor;
    if (this.#version >= 4) {
      switch (event) {
        case MojoEvent.stackRepeat:
          this.#tasks.end();
          return this.#samples.repeat();
        case MojoEvent.taskStack: {
          const [id, name] = [cursor.key(), cursor.key()];
          if (this.#samples.thread === NONE) throw new LynceusError("bad-recording", "a task comes before any thread");
          return this.#tasks.begin(this.#pid, id, name === 0 ? "" : this.#process.string(name), this.#samples.thread);
        }
        case MojoEvent.taskWaiter:
          cursor.key();
          return this.#tasks.awaitedBy(this.#pid, cursor.key());
      }
    }
    throw new LynceusError("bad-recording", `there is no MOJO event ${event}, as byte ${cursor.offset} has it`);
  }

  #stack(): void {
    const pid = this.#cursor.integer();
    if (pid < 0 || pid >= largestPid) throw new LynceusError("bad-recording", `there is no process ${pid}`);
    const interpreter = this.#version >= 3 ? this.#cursor.integer() : 0;
    const thread = this.#thread(this.#builder.process(pid), interpreter, this.#cursor.text());
    this.#process = this.#names.of(pid);
    this.#pid = pid;
    this.#tasks.end();
    this.#samples.begin(thread);
  }

  /** Echion has names only, Austin 3 ids only; Austin 4 and we have names, and ids where there is none. */
  #thread(process: ProcessIndex, interpreter: number, label: string): ThreadIndex {
    if (this.#sampler !== "echion" && idPattern.test(label)) return this.#builder.thread(process, interpreter, Number.parseInt(label, 16), "");
    const [, name = label, tid = "0"] = (this.#sampler === "lynceus" ? /^(.*) \((\d{1,10})\)$/.exec(label) : null) ?? [];
    return this.#builder.thread(process, interpreter, Number(tid), name);
  }

  #push(frame: FrameIndex): void {
    if (!this.#tasks.push(frame)) this.#samples.push(frame);
  }

  #time(time: Microseconds): void {
    if (!this.#tasks.time(time, this.#samples.now)) this.#samples.time(time);
  }

  #defineFrame(): void {
    const cursor = this.#cursor;
    const key = cursor.key();
    const file = this.#process.string(cursor.key());
    const name = this.#process.string(cursor.key());
    const line = this.#place();
    const [endLine, column, endColumn] = this.#version >= 2 ? [this.#place(), this.#place(), this.#place()] : [0, 0, 0];
    // Austin 4 gives native frames the file that they are in; Austin 3 puts an offset in the place of the line.
    const isNative = file.startsWith("native@") || (this.#version >= 4 && line === 0 && !/\.py$|^<.*>$/s.test(file));
    const kind = isNative ? FunctionKind.native : FunctionKind.python;
    const isMarker = file === markerFile;
    const frame = isMarker
      ? this.#builder.frame(name, "", 0, FunctionKind.marker)
      : this.#builder.frame(name, file, isNative ? 0 : line, kind, { endLine, column, endColumn });
    if (isNative) this.#natives.add(frame);
    this.#process.defineFrame(key, frame);
  }

  /** A line or a column: 32 bits in a line table. */
  #place(): number {
    const value = Number(this.#cursor.key());
    return value > 0 && value <= 0x7fff_ffff ? value : 0;
  }
}

/** Of microseconds in decimal; 0 for anything else. */
function nanoseconds(text: string | undefined): Nanoseconds {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : 0;
}
