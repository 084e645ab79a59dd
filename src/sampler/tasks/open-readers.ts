import type { Mapping, MemoryReader } from "../../base/memory.ts";
import type { Result } from "../../base/result.ts";
import type { Pid } from "../../base/units.ts";
import { AsyncioReader } from "../../cpython/asyncio/asyncio-reader.ts";
import { GreenletReader } from "../../cpython/greenlets/greenlet-reader.ts";
import { openCurio } from "../../cpython/curio/curio-reader.ts";
import type { Interpreter } from "../../cpython/interpreters.ts";
import type { Layout } from "../../cpython/layout.ts";
import type { TaskKind, TaskReader } from "../../cpython/tasks/found-task.ts";
import { openTrio } from "../../cpython/trio/trio-reader.ts";
import { readMappings } from "../../os/process-image.ts";

/** One interpreter of a process, in which a library is looked for. */
interface Place {
  readonly memory: MemoryReader;
  readonly layout: Layout;
  readonly interpreter: Interpreter;
  /** The process's mappings as they are whenever it is called, for those who search its heap. */
  readonly mappings: () => readonly Mapping[];
}

interface Library {
  readonly kind: TaskKind;
  /** Null: the interpreter has not imported it. A failure says, after "asyncio: ", why its tasks cannot be read. */
  readonly open: (place: Place) => Result<TaskReader> | null;
}

/** A library of tasks is one line here. */
const libraries: readonly Library[] = [
  { kind: "asyncio", open: ({ memory, layout, interpreter }) => AsyncioReader.open(memory, layout, interpreter.address) },
  { kind: "greenlet", open: ({ interpreter, ...place }) => GreenletReader.open({ ...place, interpreter: interpreter.address }) },
  { kind: "trio", open: ({ memory, layout, interpreter }) => openTrio(memory, layout, interpreter) },
  { kind: "curio", open: ({ memory, layout, interpreter }) => openCurio(memory, layout, interpreter) },
];

export interface OpenedReader {
  readonly reader: TaskReader;
  readonly interpreter: Interpreter;
}

/** A library that is there, and whose tasks cannot be read. */
export interface UnreadLibrary {
  readonly kind: TaskKind;
  /** The interpreter's number. */
  readonly interpreter: number;
  readonly message: string;
}

export interface OpenedReaders {
  readonly readers: readonly OpenedReader[];
  readonly unread: readonly UnreadLibrary[];
}

/**
 * A reader for each library of tasks in each of these interpreters of process `pid`. A program imports when it likes: ask again for those
 * that `isOpen` does not name, which costs some dozen small reads each.
 */
export function openTaskReaders(
  pid: Pid,
  memory: MemoryReader,
  layout: Layout,
  interpreters: readonly Interpreter[],
  isOpen: (kind: TaskKind, interpreter: Interpreter) => boolean = () => false,
): OpenedReaders {
  const readers: OpenedReader[] = [];
  const unread: UnreadLibrary[] = [];
  const mappings = (): readonly Mapping[] => readMappings(pid);
  for (const interpreter of interpreters) {
    for (const { kind, open } of libraries) {
      const opened = isOpen(kind, interpreter) ? null : open({ memory, layout, interpreter, mappings });
      if (opened?.ok === true) readers.push({ reader: opened.value, interpreter });
      else if (opened !== null) unread.push({ kind, interpreter: interpreter.id, message: opened.error });
    }
  }
  return { readers, unread };
}
