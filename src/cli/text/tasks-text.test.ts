import { expect, test } from "vitest";
import { FunctionKind, Known } from "../../profile/tables.ts";
import { findCircles } from "../../sampler/tasks/circles.ts";
import type { WhereFrame, WhereResult, WhereTask } from "../../sampler/where.ts";
import { plain } from "./terminal.ts";
import { formatWhere } from "./where-text.ts";

function frame(name: string, line: number, file = "/srv/app.py"): WhereFrame {
  return { name, file, line, endLine: line, column: 0, endColumn: 0, kind: FunctionKind.python };
}

const source: Readonly<Record<string, string>> = { "/srv/app.py:5": "    await other" };
/** The same frames are the same array. */
const work = [frame("work", 5)];
const none: readonly WhereFrame[] = [];

function task(id: number, more: Partial<WhereTask> = {}): WhereTask {
  const own = {
    id,
    kind: "asyncio",
    interpreter: 0,
    name: `Task-${id}`,
    coroutine: "work",
    state: "waiting",
    known: Known.verified,
    tid: 812,
    loop: 7,
  } as const;
  return { ...own, waitsFor: null, awaitedBy: [], parent: 0, frames: work, isWhole: true, ...more };
}

const untimed = { waited: null, left: null };
const sleeps = { kind: "sleep", object: 0, typeName: "Future", detail: "3 s", ...untimed } as const;
const selecting = [frame("main", 1), frame("EpollSelector.select", 468, "/usr/lib/python3.12/selectors.py")];

interface Shown {
  readonly threadFrames?: readonly WhereFrame[];
  readonly all?: boolean;
  readonly libraries?: WhereResult["taskLibraries"];
}

function show(tasks: readonly WhereTask[] | null, { threadFrames = selecting, all = false, libraries }: Shown = {}): string {
  const result: WhereResult = {
    pid: 812,
    parentPid: 1,
    commandLine: ["python", "app.py"],
    executable: "/usr/bin/python3.12",
    pythonVersion: "3.12.1",
    wordSize: 8,
    threads: [{ tid: 812, name: "MainThread", interpreter: 0, state: 0, known: Known.verified, frames: threadFrames }],
    taskLibraries: libraries ?? [{ kind: "asyncio", interpreter: 0, count: tasks?.length ?? 3, message: "" }],
    tasks: tasks === null ? null : { tasks, circles: findCircles(tasks) },
  };
  return formatWhere(result, { paint: plain, readSource: (file, line) => source[`${file}:${line}`] ?? null, width: 80, allTasks: all });
}

test("a deadlock comes first, then those that wait above what they wait for", () => {
  const main = task(1, {
    coroutine: "main",
    frames: [frame("main", 9)],
    waitsFor: { kind: "tasks", object: 50, typeName: "_GatheringFuture", detail: "", ...untimed },
  });
  const one = task(2, { name: "worker-1", awaitedBy: [1, 3] });
  const two = task(3, { name: "worker-2", awaitedBy: [1, 2] });
  const idle = task(4, { awaitedBy: [1], waitsFor: sleeps, frames: [frame("nap", 3)], coroutine: "nap" });
  expect(show([main, one, two, idle])).toBe(`deadlock: worker-1 -> worker-2 -> worker-1

Process 812: python app.py
Python 3.12.1 (/usr/bin/python3.12)

Thread 812 MainThread: idle
  asyncio: 4 tasks: 4 waiting

  Task-1 main(): waits for 3 tasks
  │  main (/srv/app.py:9)
  ├─ worker-1 work(): waits for worker-2 (deadlock)
  │  │  work (/srv/app.py:5)
  │  │    await other
  │  └─ worker-2 work(): waits for worker-1 (deadlock)
  │     │  work (/srv/app.py:5)
  │     │    await other
  │     └─ worker-1 work(): see above
  ├─ worker-2 work(): see above
  └─ Task-4 nap(): sleeps (3 s)
        nap (/srv/app.py:3)
`);
});

test("a timeout that is known is said with what is left of it", () => {
  const other = { kind: "task", object: 1, typeName: "Task", detail: "", waited: null, left: 3e9 } as const;
  const text = show([task(1, { name: "a", awaitedBy: [2] }), task(2, { name: "b", awaitedBy: [1], waitsFor: other })]);
  expect(text).toMatch(/^circle: a -> b -> a \(b has a timeout\)\n/);
  expect(text).toContain("b work(): waits for a (3 s at most from now) (circle)\n");
});

test("those in a deadlock are told apart", () => {
  const text = show([task(1, { name: "Greenlet", awaitedBy: [2] }), task(2, { name: "Greenlet", awaitedBy: [1] }), task(3, { name: "Greenlet" })]);
  expect(text).toMatch(/^deadlock: Greenlet work\(\) #1 -> Greenlet work\(\) #2 -> Greenlet work\(\) #1\n/);
  expect(text).toContain("  Greenlet work() #1: waits for Greenlet work() #2 (deadlock)\n");
  expect(text).toContain("  Greenlet work(): waits\n");
});

test("a circle that something may open is not called a deadlock", () => {
  const waiting = frame("wait_for", 1, "/usr/lib/python3.12/asyncio/tasks.py");
  const text = show([task(1, { awaitedBy: [2], frames: [frame("f", 2), waiting] }), task(2, { name: "b", awaitedBy: [1] })]);
  expect(text).toMatch(/^circle: Task-1 work\(\) -> b -> Task-1 work\(\) \(Task-1 work\(\) may have a timeout\)\n/);
});

test("how long it has waited, and how long it may go on to", () => {
  const limited = { kind: "event", object: 9, typeName: "Event", detail: "", waited: 12.3e9, left: 47.7e9 } as const;
  const text = show([
    task(1, { waitsFor: { ...sleeps, waited: 1e9, left: 2e9 } }),
    task(2, { waitsFor: limited }),
    task(3, { waitsFor: { ...limited, left: null } }),
  ]);
  expect(text).toContain("Task-1 work(): sleeps (3 s, for 1 s so far)\n");
  expect(text).toContain("Task-2 work(): waits for an Event (for 12.3 s so far, 47.7 s at most from now)\n");
});

test("ten thousand that are alike are one and a number; --all lists them", () => {
  const tasks = Array.from({ length: 10_000 }, (_, index) => task(index + 1, { waitsFor: { ...sleeps, detail: `${index} s` } }));
  const text = show(tasks);
  expect(text).toContain("  asyncio: 10,000 tasks: 10,000 waiting\n");
  expect(text).toContain("  Task-1 work(): sleeps (0 s)\n");
  expect(text).toContain("9,999 more like this: Task-2, Task-3, Task-4, Task-5 ... Task-10000\n");
  expect(text.split("\n").length).toBeLessThan(15);
  const all = show(tasks, { all: true });
  expect(all.match(/^ {2}Task-\d+ work\(\): sleeps/gm)).toHaveLength(10_000);
});

test("subtrees that are alike are told once; what differs in state or reason is not folded", () => {
  const parents = Array.from({ length: 50 }, (_, index) => task(100 + index, { coroutine: "handle", frames: none }));
  const children = parents.map(({ id }, index) => task(200 + index, { awaitedBy: [id], waitsFor: sleeps }));
  const ready = task(300, { state: "ready" });
  const lock = task(301, { waitsFor: { kind: "lock", object: 9, typeName: "Lock", detail: "", ...untimed } });
  const text = show([...parents, ...children, ready, lock]);
  expect(text).toContain("49 more like this");
  expect(text.match(/Task-\d+ handle\(\)/g)).toHaveLength(1);
  expect(text).toContain("  Task-300 work(): ready to run\n");
  expect(text).toContain("  Task-301 work(): waits for a Lock\n");
});

test("those that are like one that was shown above are still named", () => {
  const both = task(3, { awaitedBy: [1, 2], waitsFor: sleeps });
  const text = show([task(1, { frames: none }), task(2, { coroutine: "gathers", frames: none }), both, task(4, { awaitedBy: [2], waitsFor: sleeps })]);
  expect(text).toContain("Task-3 work(): see above\n        1 more like this: Task-4\n");
});

test("a line of ten thousand, each waiting for the next, and a task with as many waiters", () => {
  const line = Array.from({ length: 10_000 }, (_, index) => task(index + 1, { awaitedBy: index === 0 ? [] : [index], frames: none }));
  const text = show(line);
  expect(text).toContain("[9999] Task-10000 work()");
  expect(text.length).toBeLessThan(10_000 * 200);
  const popular = [task(1, { awaitedBy: line.slice(1).map(({ id }) => id), waitsFor: sleeps }), ...line.slice(1).map((one) => ({ ...one, awaitedBy: [] }))];
  expect(show(popular)).toContain("9,998 more like this");
});

test("a diamond shows its end under both, once in full", () => {
  const text = show([
    task(1, { frames: [frame("a", 1)] }),
    task(2, { awaitedBy: [1], name: "left" }),
    task(3, { awaitedBy: [1], name: "right", coroutine: "other" }),
    task(4, { awaitedBy: [2, 3], name: "end", waitsFor: sleeps }),
  ]);
  expect(text).toMatch(/left work\(\): waits for end[^]*end work\(\): sleeps[^]*right other\(\): waits for end[^]*end work\(\): see above/);
});

test("says who runs while others could, with its frames instead of the thread's", () => {
  const hog = task(1, { name: "hog", state: "running", frames: [frame("hog", 5), frame("crunch", 70)] });
  const text = show([hog, task(2, { state: "ready" }), task(3, { state: "ready" })], { threadFrames: [frame("main", 1), frame("crunch", 70)] });
  expect(text).toMatch(/^hog runs in thread 812, and 2 other tasks could go on\n/);
  expect(text.match(/crunch/g)).toHaveLength(1);
});

test("what leads to the task that runs stands before what only waits", () => {
  const text = show([task(1, { waitsFor: sleeps }), task(2, { coroutine: "outer", frames: none }), task(3, { awaitedBy: [2], state: "running" })]);
  expect(text).toMatch(/Task-2 outer\(\)[^]*Task-3 work\(\): runs[^]*Task-1 work\(\): sleeps/);
});

test("one whose time is over could go on, too", () => {
  const late = { ...sleeps, waited: 5e9, left: 0 };
  const text = show([task(1, { name: "hog", state: "running" }), task(2, { waitsFor: late })]);
  expect(text).toMatch(/^hog runs in thread 812, and one other task could go on\n/);
  expect(text).toContain("Task-2 work(): sleeps (3 s, for 5 s so far, its time is over)\n");
});

test("a loop that is kept busy by something that is no task is told by its thread's frames", () => {
  const text = show([task(1, { state: "ready" })], { threadFrames: [frame("main", 1), frame("callback", 4)] });
  expect(text).toMatch(/^no deadlock found/);
  expect(text).toContain("  callback (/srv/app.py:4)\n  asyncio: 1 task: 1 ready to run\n");
});

test("tasks of a loop that no thread runs stand apart", () => {
  expect(show([task(1, { tid: 0 })])).toContain("  selectors.py:468)\n".slice(2) + "\n  asyncio of a loop that no thread runs: 1 task: 1 waiting\n");
});

test("locks name their holder, nurseries have what belongs to them, hubs do not", () => {
  const text = show([
    task(1, { name: "holder", kind: "trio", waitsFor: sleeps }),
    task(2, { name: "wants", kind: "trio", parent: 1, waitsFor: { kind: "lock", object: 9, typeName: "Lock", detail: "", heldBy: 1, ...untimed } }),
    task(7, { name: "hub", kind: "greenlet", state: "running", frames: [frame("Hub.run", 647, "/lib/gevent/hub.py")] }),
    task(8, { name: "green", kind: "greenlet", parent: 7, waitsFor: { kind: "event", object: 9, typeName: "Event", detail: "", ...untimed } }),
  ]);
  expect(text).toContain("  └─ wants work(): waits for a Lock, held by holder\n");
  expect(text).toContain("  greenlet: 1 task: 1 waiting\n\n  green work(): waits for an Event\n");
  expect(text).not.toContain("hub");
});

test("what is not known is said", () => {
  const text = show([
    task(1, { known: Known.partial, isWhole: false }),
    task(2, { state: "running", known: Known.lost, frames: [] }),
    task(3, { state: "finished" }),
  ]);
  expect(text).toContain("asyncio: 2 tasks: 1 running, 1 waiting; 1 more has ended\n");
  expect(text).toContain("Task-1 work(): waits (it changes too fast to prove what it does)\n");
  expect(text).toContain("... and on in what is not Python\n");
  expect(text).toContain("Task-2 work(): runs (its frames could not be read)\n");
});

test("without --tasks there is a line that says there are some", () => {
  expect(show(null)).toContain("\nasyncio: 3 tasks; --tasks shows them\n\nThread");
  expect(show(null, { libraries: [] })).not.toContain("tasks");
  const unread = [{ kind: "greenlet", interpreter: 0, count: null, message: "greenlet 9.0 is not known" }] as const;
  expect(show(null, { libraries: unread })).toContain("\ngreenlet: greenlet 9.0 is not known\n");
  expect(show([], { libraries: unread })).toMatch(/^no tasks could be read\n/);
  expect(show([], { libraries: [] })).toMatch(/^no tasks: neither asyncio/);
});

test("nothing from the target reaches the terminal as a command, nor takes it over by length", () => {
  const evil = "\x1b[2J\u202e".repeat(200_000);
  const named = { name: evil, coroutine: evil, waitsFor: { kind: "object", object: 1, typeName: evil, detail: evil, heldBy: 2, ...untimed } } as const;
  const text = show([task(1, { ...named, awaitedBy: [2] }), task(2, { ...named, awaitedBy: [1] })]);
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  expect(text.length).toBeLessThan(1_000_000);
});
