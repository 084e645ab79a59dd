import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece } from "../objects/piece.ts";
import { readWord } from "../words.ts";
import type { TaskLayout } from "./object-layout.ts";

/** Where threads and the interpreter keep what belongs to asyncio, 3.14 and later. Offsets from `PyThreadState` and `PyInterpreterState`. */
export interface AsyncioOffsets {
  readonly runningLoop: ByteOffset;
  /** Head of the list of the tasks that a thread made, and of those whose thread is gone. */
  readonly threadTasks: ByteOffset;
  readonly interpreterTasks: ByteOffset;
}

/** `Py_AsyncioModuleDebugOffsets` (Modules/_asynciomodule.c, 3.14), uint64 each. */
const fields: readonly string[] =
  "taskSize taskName taskAwaitedBy taskIsTask taskAwaitedByIsSet taskCoroutine taskNode interpreterSize interpreterTasks threadSize threadRunningLoop threadRunningTask threadTasks".split(
    " ",
  );
const maxStructure: ByteCount = 64 << 20;

/**
 * The table at `address`, if there is one: it has no mark of its own, so it counts as one when what it says of tasks is what their type
 * says. Null: it is not one.
 */
export function readAsyncioOffsets(memory: MemoryReader, layout: Layout, task: TaskLayout, address: Address): AsyncioOffsets | null {
  const view = readPiece(memory, address, 8 * fields.length);
  if (view === null || task.awaitedBy === null) return null;
  const told = new Map(fields.map((field, index) => [field, readWord(view, 8 * index, 8)]));
  const value = (field: string): number => told.get(field) ?? -1;
  const isTask =
    value("taskSize") === task.taskSize &&
    value("taskName") === task.name &&
    value("taskAwaitedBy") === task.awaitedBy.task &&
    value("taskAwaitedByIsSet") === task.awaitedBy.isSet &&
    value("taskCoroutine") === task.coroutine &&
    value("taskNode") === task.node;
  const isIn = (field: string, whole: number): boolean =>
    value(field) > 0 && value(field) < whole && whole <= maxStructure && value(field) % layout.wordSize === 0;
  if (!isTask || !isIn("interpreterTasks", value("interpreterSize"))) return null;
  if (!isIn("threadRunningLoop", value("threadSize")) || !isIn("threadTasks", value("threadSize"))) return null;
  return { runningLoop: value("threadRunningLoop"), threadTasks: value("threadTasks"), interpreterTasks: value("interpreterTasks") };
}
