import type { MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import { type AwaitChain, readAwaitChain } from "../coroutines/await-chain.ts";
import { AwaitableTypes } from "../coroutines/awaitable-types.ts";
import { type Interpreter, readThreadStates } from "../interpreters.ts";
import type { Layout } from "../layout.ts";
import { readModuleDict } from "../objects/attributes.ts";
import { readDeque } from "../objects/deques.ts";
import { dictEntries, type DictEntry, findInDict } from "../objects/dicts.ts";
import { readInteger } from "../objects/integers.ts";
import { OwnFields } from "../objects/own-fields.ts";
import { readPointer } from "../objects/piece.ts";
import { readList } from "../objects/sequences.ts";
import { readSet } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { readThreadLocals } from "../objects/thread-locals.ts";
import { isAlive, isMadeFrom } from "../objects/types.ts";
import { RawStack } from "../raw-stack.ts";
import type { FoundTask, TaskReader, TaskState } from "../tasks/found-task.ts";
import { CurioWaits } from "./curio-waits.ts";

/** Of one kernel. */
const maxTasks = 0x4_0000;
/** That join one task, or one group. */
const maxWaiters = 0x1_0000;
const maxNameLength = 256;
const firstReleases = /^(?:0\.|1\.[0-5]\b)/;
/** Some seconds: then what is remembered of classes and functions is read again. */
const listsBeforeForgetting = 64;
/** Of the list of threads, which may be changing just now. */
const maxTries = 3;

/**
 * The tasks of curio in an interpreter. Null: curio has not been imported. A failure: it has, and is not as it is known; the text
 * says what is missing.
 */
export function openCurio(memory: MemoryReader, layout: Layout, interpreter: Pick<Interpreter, "address">): Result<TaskReader> | null {
  const modules = readPointer(memory, layout, interpreter.address + layout.interpreter.modules);
  const find = (module: string, name: string): Address | null => {
    const found = modules && findInDict(memory, layout, modules, module);
    const variables = found && readModuleDict(memory, layout, found);
    return variables && findInDict(memory, layout, variables, name);
  };
  // The last one to be there, when it is being imported.
  if (!find("curio.kernel", "run")) return null;
  const versionObject = find("curio", "__version__");
  const version = (versionObject && readString(memory, layout, versionObject, maxNameLength)) || "";
  if (firstReleases.test(version)) return fail(`release ${version} does not say which kernel a thread runs; 1.6 and later do`);
  const locals = find("curio.meta", "_locals");
  const taskType = find("curio.task", "Task");
  return locals && taskType ? ok(new CurioReader(memory, layout, interpreter, locals, taskType)) : fail("there is no curio.meta._locals or no curio.task.Task");
}

/** A kernel as the last list found it. */
interface Kernel {
  readonly address: Address;
  readonly thread: Address;
  /** Number and task, by number in ascending order. */
  readonly tasks: readonly DictEntry[];
}

/**
 * curio/kernel.py, curio/task.py. Every thread has its kernel in a `threading.local` while that runs; a kernel has a dict of its tasks by
 * number; each task knows the number of the one that made it, and those that join it.
 */
class CurioReader implements TaskReader {
  readonly kind = "curio";
  readonly #layout: Layout;
  readonly #interpreter: Pick<Interpreter, "address">;
  /** The `threading.local`, and the class `Task`; their modules hold on to both. */
  readonly #locals: Address;
  readonly #taskType: Address;
  readonly #fields: OwnFields;
  readonly #waits: CurioWaits;
  #types = new AwaitableTypes();
  #lists = 0;
  #kernels: ReadonlyMap<Address, Kernel> = new Map();

  constructor(steady: MemoryReader, layout: Layout, interpreter: Pick<Interpreter, "address">, locals: Address, taskType: Address) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#locals = locals;
    this.#taskType = taskType;
    this.#fields = new OwnFields(steady, layout);
    this.#waits = new CurioWaits(layout, this.#fields);
  }

  list(memory: MemoryReader): readonly Address[] | null {
    if (++this.#lists % listsBeforeForgetting === 0) this.#forget();
    const threads = this.#readKernels(memory);
    if (!threads) return null;
    const kernels = new Map<Address, Kernel>();
    for (const [address, thread] of threads) {
      const dict = this.#fields.read(memory, address, "_tasks");
      const tasks = dict && dictEntries(memory, this.#layout, dict, maxTasks);
      if (!tasks) return null;
      for (const { value } of tasks) kernels.set(value, { address, thread, tasks });
    }
    this.#kernels = kernels;
    return [...kernels.keys()];
  }

  read(memory: MemoryReader, task: Address): FoundTask | null {
    const fields = this.#fields;
    const layout = this.#layout;
    if (!isMadeFrom(memory, layout, task, this.#taskType)) return null;
    const found = fields.readAll(memory, task, ["coro", "_run_coro", "name", "state", "joining", "taskgroup", "daemon", "parentid", "id"]);
    const [coroutine, runner, nameObject, stateObject, joining, group, daemon, parentNumber, number] = found ?? [];
    const serial = number ? readInteger(fields.steady, layout, number) : null;
    const text = (object: Address | undefined): string | null => (object ? readString(fields.steady, layout, object, maxNameLength) : null);
    const stack = new RawStack();
    const chain = runner ? readAwaitChain(memory, layout, runner, stack, this.#types) : null;
    const name = text(nameObject);
    const told = text(stateObject);
    if (!chain || !coroutine || name === null || told === null) return null;

    const awaitedBy = this.#readAwaitingSurely(memory, joining ?? 0, daemon && this.#isTrue(daemon) ? 0 : (group ?? 0));
    // It was there all the time, and so was its coroutine: a freed one's memory may be another task's.
    if (!awaitedBy || !isAlive(fields.steady, task)) return null;
    const kernel = this.#kernels.get(task);
    const state = stateOf(chain, told);
    return {
      kind: "curio",
      address: task,
      ...(serial !== null && { serial }),
      name,
      state,
      loop: kernel?.address ?? 0,
      thread: kernel?.thread ?? 0,
      stack,
      isWhole: chain.isWhole,
      rootFrame: chain.rootFrame,
      // The oldest frame is curio's own, around what the task was made from.
      rootCode: readAwaitChain(fields.steady, layout, coroutine, new RawStack(), this.#types)?.rootCode ?? 0,
      waitsFor: state === "waiting" ? this.#waits.find(memory, task, stack) : null,
      awaitedBy,
      parent: kernel && parentNumber ? this.#findParent(parentNumber, kernel) : 0,
    };
  }

  #forget(): void {
    this.#fields.forget();
    this.#waits.forget();
    this.#types = new AwaitableTypes();
  }

  /** By kernel, the thread that it runs in. */
  #readKernels(memory: MemoryReader): Map<Address, Address> | null {
    let states: ReturnType<typeof readThreadStates> = null;
    for (let tries = 0; tries < maxTries && !states; tries++) states = readThreadStates(memory, { layout: this.#layout }, this.#interpreter);
    const locals = states && readThreadLocals(memory, this.#layout, this.#locals, [...states.keys()]);
    if (!locals) return null;
    const threads = new Map<Address, Address>();
    for (const [thread, attributes] of locals) {
      const kernel = findInDict(memory, this.#layout, attributes, "kernel");
      if (kernel && !this.#fields.isNone(kernel)) threads.set(kernel, thread);
    }
    return threads;
  }

  #isTrue(value: Address): boolean {
    return readInteger(this.#fields.steady, this.#layout, value) === 1;
  }

  /** Twice the same: while a task runs, others begin to wait for it and stop, and nobody proves what is read of one that runs. */
  #readAwaitingSurely(memory: MemoryReader, joining: Address, group: Address): Address[] | null {
    let before: Address[] | null = null;
    for (let tries = 0; tries <= maxTries; tries++) {
      const found = this.#readAwaiting(memory, joining, group);
      if (found.length === before?.length && found.every((waiter, index) => waiter === before?.[index])) return found;
      before = found;
    }
    return null;
  }

  /** Those that join it (`joining` is its barrier), and those that wait for its group, which a daemon does not keep waiting. */
  #readAwaiting(memory: MemoryReader, joining: Address, group: Address): Address[] {
    const fields = this.#fields;
    const set = joining === 0 ? null : fields.read(fields.steady, joining, "_tasks");
    const waiting = new Set(set ? readSet(memory, this.#layout, set, maxWaiters) : []);
    let queue: Address | null = group;
    for (const field of ["_sema", "_waiting", "_queue"]) queue = queue && fields.read(fields.steady, queue, field);
    for (const item of (queue && readDeque(memory, this.#layout, queue, maxWaiters)) || []) {
      // A list of one: the task, or None when it was cancelled.
      const waiter = readList(memory, this.#layout, item, 1)?.[0];
      if (waiter && !fields.isNone(waiter)) waiting.add(waiter);
    }
    return [...waiting];
  }

  /** 0 when it has ended. */
  #findParent(number: Address, { tasks }: Kernel): Address {
    const { steady } = this.#fields;
    const wanted = readInteger(steady, this.#layout, number);
    if (wanted === null) return 0;
    for (let [low, high] = [0, tasks.length]; low < high;) {
      const middle = (low + high) >>> 1;
      const { key, value } = tasks[middle]!;
      const found = readInteger(steady, this.#layout, key);
      if (found === wanted) return value;
      if (found === null) return 0;
      if (found < wanted) low = middle + 1;
      else high = middle;
    }
    return 0;
  }
}

/** "RUNNING" is said while the kernel handles what the task asked for, too. */
function stateOf({ state }: AwaitChain, told: string): TaskState {
  if (state !== "suspended") return state;
  return told === "READY" || told === "RUNNING" ? "ready" : "waiting";
}
