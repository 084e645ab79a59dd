import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readFloat } from "../objects/floats.ts";
import { readInteger } from "../objects/integers.ts";
import { readUint32 } from "../objects/piece.ts";
import { readOwn } from "../objects/slots.ts";
import { isOfType } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import type { TargetNames } from "./target-names.ts";

/** Frames of a library that are on top of what called it, at most. */
const maxFrames = 8;
/** `sock_fd` in `PySocketSockObject`: an int after the header (Modules/socketmodule.h). */
const socketFdWords = 2;
const maxFd = 1 << 20;

/** A function of a library's Python code that waits, by its file and name; the object is its `self`. */
interface WaitingFunction {
  readonly file: RegExp;
  readonly name: RegExp;
  readonly kind: Awaited["kind"];
  readonly purpose?: string;
}

const socketFile = /[/\\](gevent[/\\](_socket\w*|_?ssl\w*)|eventlet[/\\](greenio|green)[/\\]\w+)\.py$/;
const functions: readonly WaitingFunction[] = [
  { file: /[/\\](gevent[/\\]hub|eventlet[/\\]greenthread)\.py$/, name: /^sleep$/, kind: "sleep" },
  { file: socketFile, name: /^(recv\w*|accept|read)$/, kind: "socket", purpose: "to be readable" },
  { file: socketFile, name: /^(send\w*|connect\w*|write)$/, kind: "socket", purpose: "to be writable" },
  { file: /[/\\]eventlet[/\\]hubs[/\\]__init__\.py$/, name: /^trampoline$/, kind: "socket" },
  { file: /[/\\]eventlet[/\\]event\.py$/, name: /^wait$/, kind: "event" },
  { file: /[/\\]eventlet[/\\]semaphore\.py$/, name: /^acquire$/, kind: "semaphore" },
  { file: /[/\\]eventlet[/\\]queue\.py$/, name: /^(get|put)$/, kind: "queue" },
  { file: /[/\\]eventlet[/\\]greenthread\.py$/, name: /^wait$/, kind: "task" },
];
const libraryFile = /[/\\](gevent|eventlet)[/\\]/;

/**
 * What a greenlet waits for, by the frames of the library that it stands in: the oldest one of those on top that is known to wait. Null: none is.
 */
export function findByLibraryFrames(memory: MemoryReader, layout: Layout, names: TargetNames, stack: RawStack): Awaited | null {
  let found: Awaited | null = null;
  for (let index = 0; index < Math.min(stack.length, maxFrames); index++) {
    const code = stack.code[index]!;
    const { name, file } = names.ofCode(code);
    if (!libraryFile.test(file)) break;
    const waiting = functions.find((each) => each.name.test(name) && each.file.test(file));
    if (!waiting) continue;
    const local = (variable: string): Address | null => readLocal(memory, layout, stack.frame[index]!, code, variable);
    found = name === "trampoline" ? describeTrampoline(memory, layout, names, local) : (describe(memory, layout, names, waiting, local) ?? found);
  }
  return found;
}

type Local = (variable: string) => Address | null;

function describe(memory: MemoryReader, layout: Layout, names: TargetNames, { kind, purpose }: WaitingFunction, local: Local): Awaited | null {
  if (kind === "sleep") {
    const value = local("seconds");
    const seconds = value === null ? null : (readFloat(memory, layout, value) ?? readInteger(memory, layout, value));
    return { kind, object: 0, typeName: "sleep", detail: seconds === null ? "" : `${seconds} s` };
  }
  const object = local("self");
  if (object === null) return null;
  const fd = purpose === undefined ? null : readSocketFd(memory, layout, object);
  const detail = fd === null ? (purpose ?? "") : `fd ${fd} ${purpose}`;
  return { kind, object, typeName: names.ofType(object), detail };
}

/** eventlet's one function for all that waits for a file descriptor. */
function describeTrampoline(memory: MemoryReader, layout: Layout, names: TargetNames, local: Local): Awaited {
  const integer = (variable: string): number | null => {
    const value = local(variable);
    return value === null ? null : readInteger(memory, layout, value);
  };
  const fd = integer("fileno");
  // True and False are integers; None is none.
  const purpose = integer("read") ? "to be readable" : integer("write") ? "to be writable" : "";
  const object = local("fd") ?? 0;
  return { kind: "socket", object, typeName: object === 0 ? "" : names.ofType(object), detail: fd === null ? purpose : `fd ${fd} ${purpose}`.trim() };
}

/** A socket of a library has one of the standard library's within, or is one. */
function readSocketFd(memory: MemoryReader, layout: Layout, socket: Address): number | null {
  const inner = readOwn(memory, layout, socket, "_sock") ?? readOwn(memory, layout, socket, "fd") ?? socket;
  if (!isOfType(memory, layout, inner, ["_socket.socket"])) return null;
  const fd = readUint32(memory, inner + socketFdWords * layout.wordSize);
  return fd !== null && fd < maxFd ? fd : null;
}
