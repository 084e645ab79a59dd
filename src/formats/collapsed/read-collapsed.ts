import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, FunctionKind, Known, NONE, type Recording, State, type ThreadIndex } from "../../profile/tables.ts";
import { textLines } from "../text-lines.ts";
import { collectionName } from "./collection-name.ts";

const linesPerBlock = 8192;

/**
 * As much as is in it: each line is one sample, as long as its number says, and the numbers are taken for
 * microseconds, since the file does not tell what they count. "python:PID" and a thread in front are understood, and
 * frames like "function (file:line)". Throws `bad-recording`.
 */
export function readCollapsed(source: ByteSource): Recording {
  const meta = {
    creator: "collapsed stacks",
    startedAt: 0,
    interval: 0,
    mode: "wall" as const,
    command: [],
    host: "",
    system: "",
    extra: { note: "What the numbers of collapsed stacks count is not in the file: they are taken for microseconds." },
  };
  return { meta, isComplete: true, blocks: () => readBlocks(source) };
}

function* readBlocks(source: ByteSource): Generator<Block> {
  const builder = new BlockBuilder();
  const frames = new Map<string, FrameIndex>();
  const times: Nanoseconds[] = [];
  let lineNumber = 0;
  let duration: Nanoseconds = 0;
  for (const line of textLines(source, "keep")) {
    lineNumber++;
    if (line === "" || line.startsWith("#")) continue;
    const [, stackText, count] = /^(.*) (\d{1,15})(?:\.\d{1,30})?$/.exec(line) ?? [];
    if (stackText === undefined || count === undefined) throw new LynceusError("bad-recording", `line ${lineNumber} is not a stack and a number`);
    const { thread, items } = takeThread(builder, stackText.split(";"));
    const isCollecting = items.at(-1) === collectionName;
    let stack = NONE;
    for (const item of isCollecting ? items.slice(0, -1) : items) {
      let frame = frames.get(item);
      if (frame === undefined) {
        frame = parseFrame(builder, item);
        frames.set(item, frame);
      }
      stack = builder.stack(stack, frame);
    }
    const wall = Number(count) * 1000;
    const time = (times[thread] ?? 0) + wall;
    if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", `the numbers up to line ${lineNumber} are too large`);
    times[thread] = time;
    duration = Math.max(duration, time);
    builder.sample({ time, thread, stack, wall, cpu: 0, state: isCollecting ? State.collecting : 0, known: Known.unchecked });
    if (builder.sampleCount >= linesPerBlock) yield builder.take();
  }
  yield builder.take({ duration, reason: "" });
}

/** "python:1234" and the thread after it; without them all belongs to one thread of process 0. */
function takeThread(builder: BlockBuilder, items: readonly string[]): { readonly thread: ThreadIndex; readonly items: readonly string[] } {
  const [first = "", second] = items;
  const pid = /^[^\s:()]+:(\d{1,10})$/.exec(first)?.[1];
  if (pid === undefined || second === undefined) return { thread: builder.thread(builder.process(0), 0, 0, ""), items };
  const process = builder.process(Number(pid));
  const unnamed = /^thread (\d{1,10})$/.exec(second)?.[1];
  const [, name = second, tid = "0"] = /^(.*) \((\d{1,10})\)$/.exec(second) ?? [];
  const thread = unnamed === undefined ? builder.thread(process, 0, Number(tid), name) : builder.thread(process, 0, Number(unnamed), "");
  return { thread, items: items.slice(2) };
}

function parseFrame(builder: BlockBuilder, item: string): FrameIndex {
  const [, name = item, file = "", line = "0"] = /^(.*) \((.*):(\d{1,9})\)$/.exec(item) ?? /^(.*) \((.*)\)$/.exec(item) ?? [];
  // "(unproved)": what Lynceus has to say is in parentheses, as a whole.
  const isMarker = file === "" && /^\(.*\)$/.test(name);
  return builder.frame(name, file, Number(line), isMarker ? FunctionKind.marker : FunctionKind.python);
}
