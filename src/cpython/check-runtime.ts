import type { MemoryReader } from "../base/memory.ts";
import type { Address } from "../base/units.ts";
import { readInterpreters, readThreadStates, type Interpreter } from "./interpreters.ts";
import type { Layout } from "./layout.ts";
import { readPiece, readPointer } from "./objects/piece.ts";
import { readString } from "./objects/strings.ts";
import { typeName } from "./objects/types.ts";
import type { RuntimeLocation } from "./runtime-location.ts";
import type { ThreadState } from "./thread-state.ts";

/** "empty": nothing contradicts, but there is no interpreter with a thread and modules yet, or any more. */
export type RuntimeCheck = "sound" | "empty" | "wrong";

/** The target runs on: lists change while they are followed, so one failure means nothing. */
const attempts = 8;
/** Frames from the newest on in which code is looked for: shims of the interpreter have none. */
const maxFrames = 16;
const maxPythonThreads = 64;

/**
 * Whether what is at `runtime.address` is a `_PyRuntime` of this layout: interpreters, whose threads link each other
 * and point back, whose thread ids are addresses, and whose `sys.modules` is a dict.
 */
export function checkRuntime(memory: MemoryReader, runtime: RuntimeLocation): RuntimeCheck {
  let check: RuntimeCheck = "wrong";
  for (let attempt = 0; attempt < attempts && check === "wrong"; attempt++) check = checkOnce(memory, runtime);
  return check;
}

function checkOnce(memory: MemoryReader, runtime: RuntimeLocation): RuntimeCheck {
  const interpreters = readInterpreters(memory, runtime);
  if (interpreters === null) return "wrong";
  let check: RuntimeCheck = "empty";
  for (const interpreter of interpreters) {
    const one = checkInterpreter(memory, runtime, interpreter);
    if (one === "wrong") return "wrong";
    // One that is being made or ended does not matter beside a sound one.
    if (one === "sound") check = "sound";
  }
  return check;
}

function checkInterpreter(memory: MemoryReader, runtime: RuntimeLocation, interpreter: Interpreter): RuntimeCheck {
  const { layout } = runtime;
  if (interpreter.id < 0) return "wrong";
  const threads = readThreadStates(memory, runtime, interpreter);
  const modules = readPointer(memory, layout, interpreter.address + layout.interpreter.modules);
  if (threads === null || modules === null) return "wrong";
  const ids = [...threads.values()].map(({ threadId }) => threadId).filter((id) => id !== 0);
  if (modules === 0 || ids.length === 0) return "empty";
  // A thread that ended without its state being deleted leaves an id behind that is no address any more.
  const hasThread = ids.some((id) => readPiece(memory, id, layout.wordSize) !== null);
  return hasThread && typeName(memory, layout, modules) === "dict" ? "sound" : "wrong";
}

/**
 * Whether some thread's frames lead to code objects with file names: what is asked in addition of a version that we have
 * never seen. "empty" when no thread shows a Python frame, which may just be so.
 */
export function checkFrames(memory: MemoryReader, runtime: RuntimeLocation): RuntimeCheck {
  let check: RuntimeCheck = "empty";
  for (let attempt = 0; attempt < attempts * 4; attempt++) {
    for (const interpreter of readInterpreters(memory, runtime) ?? []) {
      const threads = readThreadStates(memory, runtime, interpreter) ?? [];
      for (const [, thread] of [...threads].slice(0, maxPythonThreads)) {
        const one = checkThread(memory, runtime.layout, thread);
        if (one === "sound") return "sound";
        if (one === "wrong") check = "wrong";
      }
    }
  }
  return check;
}

function checkThread(memory: MemoryReader, layout: Layout, thread: ThreadState): RuntimeCheck {
  if (layout.frame.kind !== "stack") return "wrong";
  let frame: Address | null = thread.frame;
  if (frame === 0) return "empty";
  for (let depth = 0; depth < maxFrames && frame !== null && frame !== 0; depth++) {
    const tagged = readPointer(memory, layout, frame + layout.frame.code);
    const code = tagged === null ? 0 : tagged - (tagged % (layout.frame.codeTagMask + 1));
    const owner = readPiece(memory, frame + layout.frame.owner, 1)?.getUint8(0);
    if (owner !== undefined && owner < layout.frame.firstShimOwner && typeName(memory, layout, code) === "code") {
      const fileName = readPointer(memory, layout, code + layout.code.fileName);
      return fileName !== null && readString(memory, layout, fileName) !== null ? "sound" : "wrong";
    }
    frame = readPointer(memory, layout, frame + layout.frame.previous);
  }
  return "wrong";
}
