import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Microseconds, Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, FunctionKind, Known, NONE, type Recording, State } from "../../profile/tables.ts";
import { textLines } from "../text-lines.ts";
import { markerFile } from "./marker-file.ts";

const samplesPerBlock = 8192;
const tailSize = 65536;
/** Converters from Austin 4's binary put a thread's name where 3 has its id. */
const headPattern = /^P(\d{1,15});T(?:(-?\d{1,15}):)?([^;]+)(?:;(.*))?$/s;

type AustinMode = "wall" | "cpu" | "full";

/**
 * Austin's text, 3.0 and later. Its lines have no times of day: a thread's samples are laid end to end. In the modes
 * `cpu` and `full` Austin says which samples were on a CPU; in `wall` it does not, so there is no CPU profile in it.
 * Complete when the line with the duration is there. Throws `bad-recording`; memory profiles are refused.
 */
export function readAustin(source: ByteSource): Recording {
  const metadata = readMetadata(source);
  const mode = metadata.get("mode") ?? "wall";
  if (mode !== "wall" && mode !== "cpu" && mode !== "full") {
    throw new LynceusError("bad-recording", `this is an Austin profile of mode "${mode}", which cannot be read`);
  }
  const duration = metadata.get("duration");
  const version = metadata.get("austin");
  const meta = {
    creator: version === undefined ? "Austin" : `Austin ${version}`,
    startedAt: 0,
    interval: nanoseconds(metadata.get("interval")),
    mode: mode === "cpu" ? ("cpu" as const) : ("wall" as const),
    command: [],
    host: "",
    system: "",
    extra: Object.fromEntries([...metadata].map(([key, value]) => [`austin.${key}`, value])),
  };
  return { meta, isComplete: duration !== undefined, blocks: () => readBlocks(source, mode, duration) };
}

/** From the beginning of the file up to the first sample, and from its last 64 KiB. */
function readMetadata(source: ByteSource): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  const note = (line: string): void => {
    const [, key, value] = /^# ([a-z]{1,40}): (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && metadata.size < 1000) metadata.set(key, value);
  };
  for (const line of textLines(source, "drop")) {
    if (line !== "" && !line.startsWith("#")) break;
    note(line);
  }
  const tail = source.read(Math.max(0, source.size - tailSize), tailSize);
  for (const line of new TextDecoder().decode(tail).split("\n").slice(0, -1)) note(line);
  return metadata;
}

function* readBlocks(source: ByteSource, mode: AustinMode, duration: string | undefined): Generator<Block> {
  const builder = new BlockBuilder();
  const frames = new Map<string, FrameIndex>();
  const times: Nanoseconds[] = [];
  let lineNumber = 0;
  for (const line of textLines(source, "drop")) {
    lineNumber++;
    if (line === "" || line.startsWith("#")) continue;
    const sample = parseSample(line, mode);
    if (sample === null) throw new LynceusError("bad-recording", `line ${lineNumber} is not a sample as Austin writes it`);
    const thread = builder.thread(builder.process(sample.pid), sample.interpreter, sample.tid, sample.threadName);
    let stack = NONE;
    let state = sample.isOnCpu ? State.onCpu : 0;
    for (const item of sample.items) {
      if (item === ":GC:") {
        state |= State.collecting;
        continue;
      }
      let frame = frames.get(item);
      if (frame === undefined) {
        frame = parseFrame(builder, item);
        frames.set(item, frame);
      }
      stack = builder.stack(stack, frame);
    }
    const wall = sample.time * 1000;
    const time = (times[thread] ?? 0) + wall;
    if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", `the times up to line ${lineNumber} add up to more than 104 days`);
    times[thread] = time;
    builder.sample({ time, thread, stack, wall, cpu: sample.isOnCpu ? wall : 0, state, known: Known.unchecked });
    if (builder.sampleCount >= samplesPerBlock) yield builder.take();
  }
  yield builder.take(duration === undefined ? null : { duration: nanoseconds(duration), reason: "" });
}

/** Of microseconds in decimal; 0 for anything else. */
function nanoseconds(text: string | undefined): Nanoseconds {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : 0;
}

interface AustinSample {
  readonly pid: number;
  readonly interpreter: number;
  readonly tid: number;
  readonly threadName: string;
  readonly items: readonly string[];
  readonly time: Microseconds;
  readonly isOnCpu: boolean;
}

/** Null when the line is something else. */
function parseSample(line: string, mode: AustinMode): AustinSample | null {
  const space = line.lastIndexOf(" ");
  const head = headPattern.exec(line.slice(0, space));
  const metrics = /^(\d{1,15})(?:,([01]),-?\d{1,15})?$/.exec(line.slice(space + 1));
  if (space === -1 || head === null || metrics === null) return null;
  const [, pid, interpreter = "0", thread = "", items] = head;
  const [, time, idle] = metrics;
  const hasId = /^\d{1,15}$/.test(thread);
  return {
    pid: Number(pid),
    interpreter: Number(interpreter),
    tid: hasId ? Number(thread) : 0,
    threadName: hasId ? "" : thread,
    items: items === undefined ? [] : items.split(";"),
    time: Number(time),
    isOnCpu: idle === undefined ? mode === "cpu" : idle === "0",
  };
}

/** file:function:line, cut from the right. What is not like that is kept whole as a name. */
function parseFrame(builder: BlockBuilder, item: string): FrameIndex {
  if (item === ":INVALID:") return builder.frame("(invalid)", "", 0, FunctionKind.marker);
  const [, file = "", name = item, line = "0"] = /^(.*):([^:]*):(\d{0,9})$/s.exec(item) ?? [];
  if (file === markerFile) return builder.frame(name, "", 0, FunctionKind.marker);
  if (file === "kernel") return builder.frame(name, "", 0, FunctionKind.kernel);
  if (file.startsWith("native@")) return builder.frame(name, file, 0, FunctionKind.native);
  return builder.frame(name, file, Number(line), FunctionKind.python);
}
