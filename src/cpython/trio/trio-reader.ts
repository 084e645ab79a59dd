import { fail, ok, type Result } from "../../base/result.ts";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readAwaitChain } from "../coroutines/await-chain.ts";
import { AwaitableTypes } from "../coroutines/awaitable-types.ts";
import { type Interpreter, readThreadStates } from "../interpreters.ts";
import type { Layout } from "../layout.ts";
import { readModuleDict } from "../objects/attributes.ts";
import { findInDict } from "../objects/dicts.ts";
import { readInteger } from "../objects/integers.ts";
import { OwnFields } from "../objects/own-fields.ts";
import { readPointer } from "../objects/piece.ts";
import { readSet } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { readThreadLocals } from "../objects/thread-locals.ts";
import { isAlive, typeOf } from "../objects/types.ts";
import { RawStack } from "../raw-stack.ts";
import type { FoundTask, TaskReader, TaskState } from "../tasks/found-task.ts";
import { TrioWaits } from "./trio-waits.ts";

/** Of one runner. */
const maxTasks = 0x4_0000;
const maxNameLength = 256;
/** Some seconds: then what is remembered of classes and functions is read again. */
const listsBeforeForgetting = 64;
/** To read what may be changing just now. */
const maxTries = 4;

/**
 * The tasks of trio in an interpreter. Null: trio has not been imported. A failure: it has, and is not as it is known; the text
 * says what is missing.
 */
export function openTrio(memory: MemoryReader, layout: Layout, interpreter: Pick<Interpreter, "address">): Result<TaskReader> | null {
  const modules = readPointer(memory, layout, interpreter.address + layout.interpreter.modules);
  const module = modules && findInDict(memory, layout, modules, "trio._core._run");
  const variables = module && readModuleDict(memory, layout, module);
  if (!variables) return null;
  const context = findInDict(memory, layout, variables, "GLOBAL_RUN_CONTEXT");
  const taskType = findInDict(memory, layout, variables, "Task");
  // Last of all: a module that is being imported has not got there yet.
  if (!context || !taskType) return findInDict(memory, layout, variables, "run") ? fail("trio._core._run has no GLOBAL_RUN_CONTEXT and Task") : null;
  return ok(new TrioReader(memory, layout, interpreter, context, taskType));
}

/**
 * trio/_core/_run.py. Every thread has its runner in a `threading.local`; a runner has the set of its tasks; each task has the nursery that it is in, and
 * that the task that opened it.
 */
class TrioReader implements TaskReader {
  readonly kind = "trio";
  readonly #layout: Layout;
  readonly #interpreter: Pick<Interpreter, "address">;
  /** The `threading.local`, and the class `Task`; the module holds on to both. */
  readonly #context: Address;
  readonly #taskType: Address;
  readonly #fields: OwnFields;
  readonly #waits: TrioWaits;
  #types = new AwaitableTypes();
  #lists = 0;
  /** The thread of each runner, as the last list had it. */
  #threads: ReadonlyMap<Address, Address> = new Map();

  constructor(steady: MemoryReader, layout: Layout, interpreter: Pick<Interpreter, "address">, context: Address, taskType: Address) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#context = context;
    this.#taskType = taskType;
    this.#fields = new OwnFields(steady, layout);
    this.#waits = new TrioWaits(layout, this.#fields);
  }

  list(memory: MemoryReader): readonly Address[] | null {
    if (++this.#lists % listsBeforeForgetting === 0) this.#forget();
    const threads = this.#readRunners(memory);
    if (!threads) return null;
    this.#threads = threads;
    const all: Address[] = [];
    for (const runner of threads.keys()) {
      const set = this.#fields.read(memory, runner, "tasks");
      const tasks = set && again(() => readSet(memory, this.#layout, set, maxTasks));
      if (!tasks) return null;
      all.push(...tasks);
    }
    return all;
  }

  read(memory: MemoryReader, task: Address): FoundTask | null {
    const fields = this.#fields;
    const layout = this.#layout;
    if (typeOf(memory, layout, task) !== this.#taskType) return null;
    const found = fields.readAll(memory, task, ["coro", "name", "_runner", "_parent_nursery", "_next_send_fn", "_counter"]);
    const [coroutine, nameObject, runner, nursery, nextSend, counter] = found ?? [];
    const serial = counter ? readInteger(fields.steady, layout, counter) : null;
    const name = nameObject ? readString(fields.steady, layout, nameObject, maxNameLength) : null;
    const stack = new RawStack();
    const chain = coroutine ? readAwaitChain(memory, layout, coroutine, stack, this.#types) : null;
    if (!chain || name === null || !runner) return null;
    // It was there all the time, and so was its coroutine: a freed one's memory may be another task's.
    if (!isAlive(fields.steady, task)) return null;
    if (!this.#threads.has(runner)) this.#threads = this.#readRunners(fields.steady) ?? this.#threads;

    const told: TaskState = chain.state !== "suspended" ? chain.state : nextSend ? "ready" : "waiting";
    const waitsFor = told === "waiting" ? this.#waits.find(memory, { task, runner, stack }) : null;
    const state = waitsFor === "turn" ? "ready" : told;
    const [parent, isAwaited] = nursery ? this.#readNursery(memory, nursery) : [0, false];
    return {
      kind: "trio",
      address: task,
      ...(serial !== null && { serial }),
      name,
      state,
      loop: runner,
      thread: this.#threads.get(runner) ?? 0,
      stack,
      isWhole: chain.isWhole,
      rootFrame: chain.rootFrame,
      rootCode: chain.rootCode,
      waitsFor: waitsFor === "turn" ? null : waitsFor,
      awaitedBy: isAwaited ? [parent] : [],
      parent,
    };
  }

  #forget(): void {
    this.#fields.forget();
    this.#waits.forget();
    this.#types = new AwaitableTypes();
  }

  /** By runner, the thread that it runs in: those of all threads that are in `trio.run()`. */
  #readRunners(memory: MemoryReader): Map<Address, Address> | null {
    const states = again(() => readThreadStates(memory, { layout: this.#layout }, this.#interpreter));
    const contexts = states && readThreadLocals(memory, this.#layout, this.#context, [...states.keys()]);
    if (!contexts) return null;
    const threads = new Map<Address, Address>();
    for (const [thread, attributes] of contexts) {
      // The task that runs is in the same dict, which is made anew every few steps of a task.
      const runner = again(() => findInDict(memory, this.#layout, attributes, "runner"));
      if (runner) threads.set(runner, thread);
    }
    return threads;
  }

  /** The task that opened it, and whether that waits for those in it. */
  #readNursery(memory: MemoryReader, nursery: Address): readonly [parent: Address, isWaiting: boolean] {
    const [parent, waiting] = this.#fields.readAll(memory, nursery, ["_parent_task", "_parent_waiting_in_aexit"]) ?? [];
    const isWaiting = waiting ? readInteger(this.#fields.steady, this.#layout, waiting) === 1 : false;
    return [parent ?? 0, parent ? isWaiting : false];
  }
}

function again<T>(read: () => T | null): T | null {
  let value: T | null = null;
  for (let tries = 0; tries < maxTries && value === null; tries++) value = read();
  return value;
}
