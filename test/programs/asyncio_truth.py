"""asyncio tasks that wait for all kinds of things and for each other, and what the program itself knows of them.

asyncio_truth.py KIND [LOOP]: KIND is native, python (`asyncio.tasks._PyTask`), subclass (of the native one, with a hash of its own), or eager (3.12 and later);
LOOP is uvloop, if that is installed.

READY carries JSON: {"tasks": [...], "all": [...]}. A task is {"id", "name", "loop", "thread", "state", "frames": [[name, line], ...], "isWhole", "awaitedBy":
[names], "parent", "waitsFor": [kind, type name, detail]}: ids are addresses, "thread" is what threading.get_ident() says or null, frames are those of the
coroutine and what it awaits, outermost first; "parent" is a name, "waitsFor" or a part of it null where the program cannot know. "all" has the ids that
asyncio.all_tasks() knows, of all loops.
"""

import asyncio
import gc
import json
import socket
import subprocess
import sys
import threading
import time
import types

from asyncio_waiters import (
    LONG,
    Awaitable,
    SubclassOfFuture,
    awaiter,
    completer,
    conditioner,
    context,
    done,
    eventer,
    first_waiter,
    gatherer,
    getter,
    in_thread,
    iterates,
    joiner,
    locker,
    process_waiter,
    putter,
    reader,
    receiver,
    shielder,
    sleeper,
    waiter,
    with_timeout,
    yielder,
)
from ready import limit_life, say

made = {}
never_settled = []


class Described:
    """A task, and what is known of it because it was made so."""

    def __init__(self, task, name, waits_for, awaited_by, parent, state):
        self.task, self.name, self.waits_for, self.awaited_by, self.parent, self.state = task, name, waits_for, awaited_by, parent, state


class HashedTask(asyncio.Task):
    def __hash__(self):
        return 7


def make(name, coroutine, waits_for=None, awaited_by=(), parent=None, state="waiting"):
    task = asyncio.ensure_future(coroutine)
    task.set_name("to be renamed")
    return describe(task, name, waits_for, awaited_by, parent, state)


def describe(task, name, waits_for=None, awaited_by=(), parent=None, state="waiting"):
    task.set_name(name)
    made[name] = Described(task, name, waits_for, list(awaited_by), parent, state)
    return task


async def named_awaiter(name):
    await made[name].task


async def scenes(kind, is_uvloop):
    make("sleeper", sleeper(3600.5), ["sleep", "Future", "3600.5 s"])
    make("größe \U0001f40d", sleeper(), ["sleep", "Future", "1000 s"])
    make("iterates", iterates(), ["sleep", "Future", "1000 s"])
    make("context", context(), ["sleep", "Future", "1000 s"])
    make("awaitable", awaiter(Awaitable()), ["sleep", "Future", "1000 s"])

    # Everything that can wait for a task, all for the same one.
    waiters = ["await", "gather", "wait", "first", "shield", "as_completed"]
    base = make("base", sleeper(), ["sleep", "Future", "1000 s"], waiters)
    make("await", awaiter(base), ["task", None, "", "base"])
    make("gather", gatherer(base), ["tasks", "_GatheringFuture", ""], ["of gather"])
    make("of gather", awaiter(made["gather"].task), ["task", None, "", "gather"])
    make("wait", waiter(base), ["tasks", "Future", ""])
    make("first", first_waiter(base), ["tasks", "Future", "timeout 1000 s"])
    make("shield", shielder(base), ["task", None, "", "base"])
    make("as_completed", completer(base), ["tasks", "Future", ""])
    # From 3.12 on what waits for a limited time waits itself; from 3.14 on tasks written in Python cannot.
    if sys.version_info >= (3, 14) and kind == "python":
        pass
    elif sys.version_info >= (3, 12):
        make("limited", with_timeout(sleeper()), ["sleep", "Future", "1000 s"])
    else:
        make("limited inner", sleeper(), ["sleep", "Future", "1000 s"], ["limited"])
        make("limited", with_timeout(made["limited inner"].task), ["task", None, "timeout 1000 s", "limited inner"])
    if kind != "eager":
        make("circle 1", named_awaiter("circle 2"), ["task", None, "", "circle 2"], ["circle 2"])
        make("circle 2", named_awaiter("circle 1"), ["task", None, "", "circle 1"], ["circle 1"])
    # A `gather` that nobody awaits; 3.14 and later note who called it. And a future that is awaited.
    noted = "main" if sys.version_info >= (3, 14) and kind != "python" else None
    never_settled.append(asyncio.gather(make("gathered by nobody", sleeper(), ["sleep", "Future", "1000 s"], [], noted)))
    settled = SubclassOfFuture()
    never_settled.append(settled)
    make("future", awaiter(settled), ["future", "SubclassOfFuture", ""])

    queue = asyncio.Queue()
    make("getter", getter(queue), ["queue", "Queue", "to get, size 0"])
    full = asyncio.Queue(1)
    full.put_nowait("one")
    make("putter", putter(full), ["queue", "Queue", "to put, size 1"])
    make("joiner", joiner(full), ["queue", "Queue", "to be done, size 1"])
    lock = asyncio.Lock()
    make("holder", locker(lock), ["sleep", "Future", "1000 s"])
    await asyncio.sleep(0)
    make("locker", locker(lock), ["lock", "Lock", ""])
    make("event", eventer(asyncio.Event()), ["event", "Event", ""])
    make("condition", conditioner(asyncio.Condition()), ["condition", "Condition", ""])
    semaphore = asyncio.BoundedSemaphore(1)
    make("semaphore holder", locker(semaphore), ["sleep", "Future", "1000 s"])
    await asyncio.sleep(0)
    make("semaphore", locker(semaphore), ["semaphore", "BoundedSemaphore", ""])
    make("thread", in_thread(), ["thread", "Future", ""])

    left, right = socket.socketpair()
    left.setblocking(False)
    never_settled.append(right)
    fd = "" if is_uvloop else "fd {} ".format(left.fileno())
    make("socket", receiver(left), ["socket", "_SyncSocketReaderFuture" if is_uvloop else "socket", fd + "to be readable"])
    near, far = socket.socketpair()
    never_settled.append(far)
    stream, writer = await asyncio.open_connection(sock=near)
    never_settled.append(writer)
    fd = "" if is_uvloop else "fd {} ".format(near.fileno())
    make("stream", reader(stream), ["socket", "StreamReader", fd + "to be readable"])
    if not is_uvloop:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; sys.stdin.read()", stdin=subprocess.PIPE)
        never_settled.append(process)
        make("process", process_waiter(process), ["object", "Process", "pid {}".format(process.pid)])
    if (3, 11) <= sys.version_info < (3, 14) or (sys.version_info >= (3, 14) and kind != "python"):
        make("group", in_group(), ["tasks", "Future", ""])
        make("busy group", in_busy_group(), ["sleep", "Future", "1000 s"])
    make("yielder", yielder(), state="ready")
    make("done", done(), state="finished")


async def in_group():
    async with asyncio.TaskGroup() as group:
        describe(group.create_task(sleeper()), "in group", ["sleep", "Future", "1000 s"], ["group"])


async def in_busy_group():
    async with asyncio.TaskGroup() as group:
        describe(group.create_task(sleeper()), "in busy group", ["sleep", "Future", "1000 s"], [], "busy group")
        await asyncio.sleep(LONG)


# Not Cython's, which look the same and have no frames that stand anywhere.
AWAITABLES = [
    (types.CoroutineType, "cr_frame", "cr_await"),
    (types.GeneratorType, "gi_frame", "gi_yieldfrom"),
    (types.AsyncGeneratorType, "ag_frame", "ag_await"),
]


def frames_of(task):
    """Functions and lines of what it awaits, and whether all of that can be followed."""
    frames = []
    link = task.get_coro()
    while link is not None:
        for kind, frame, awaited in AWAITABLES:
            if isinstance(link, kind):
                frames.append([getattr(link, frame).f_code.co_name, getattr(link, frame).f_lineno])
                link = getattr(link, awaited)
                break
        else:
            if hasattr(link, "cr_await") or "cython" in type(link).__module__:
                return frames, False
            # What drives an asynchronous generator, or `__await__()` of a coroutine, has no name for that in Python.
            link = next((value for value in gc.get_referents(link) if isinstance(value, (types.CoroutineType, types.AsyncGeneratorType))), None)
    return frames, True


def tell(described, threads_of):
    task = described.task
    loop = task.get_loop()
    frames, is_whole = ([], True) if described.state in ("running", "finished") else frames_of(task)
    return {
        "id": id(task),
        "name": task.get_name(),
        "loop": id(loop),
        "thread": threads_of.get(loop),
        "state": described.state,
        "frames": frames,
        "isWhole": is_whole,
        "awaitedBy": sorted(described.awaited_by),
        "parent": described.parent,
        "waitsFor": described.waits_for,
    }


async def report(kind, threads_of, loops):
    is_eager = kind == "eager"
    describe(current_task(), "reporter", state="running")
    # An eager task runs on top of the one that makes it, and at once.
    if is_eager:
        made["main"].state, made["main"].waits_for = "running", None
    make("unborn", sleeper(), ["sleep", "Future", "1000 s"] if is_eager else None, state="waiting" if is_eager else "created")
    tasks = [tell(described, threads_of) for described in made.values()]
    everything = sorted(id(task) for each in loops for task in asyncio.all_tasks(each))
    say("READY " + json.dumps({"tasks": tasks, "all": everything}))
    time.sleep(LONG)


def current_task():
    # 3.14 and later: the C function does not know tasks written in Python.
    return asyncio.current_task() or asyncio.tasks._py_current_task()


def new_loop(kind, is_uvloop):
    if is_uvloop:
        import uvloop

        loop = uvloop.new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    if kind == "python":
        loop.set_task_factory(lambda loop, coroutine, **options: asyncio.tasks._PyTask(coroutine, loop=loop, **options))
    elif kind == "subclass":
        loop.set_task_factory(lambda loop, coroutine, **options: HashedTask(coroutine, loop=loop, **options))
    elif kind == "eager":
        loop.set_task_factory(asyncio.eager_task_factory)
    asyncio.set_event_loop(loop)
    return loop


def run_elsewhere(loop, arrived):
    asyncio.set_event_loop(loop)

    async def main():
        make("elsewhere", sleeper(), ["sleep", "Future", "1000 s"], ["waits elsewhere"])
        make("waits elsewhere", awaiter(made["elsewhere"].task), ["task", None, "", "elsewhere"])
        await asyncio.sleep(0.1)
        describe(current_task(), "main elsewhere", ["future", "Future", ""])
        loop.call_later(0.1, arrived.set)
        await loop.create_future()

    loop.run_until_complete(main())


def main():
    limit_life()
    kind = sys.argv[1]
    is_uvloop = "uvloop" in sys.argv[2:]

    async def stops():
        make("stopped", sleeper(), ["sleep", "Future", "1000 s"])
        await asyncio.sleep(0)

    stopped = new_loop(kind, is_uvloop)
    stopped.run_until_complete(stops())

    elsewhere, arrived = new_loop(kind, is_uvloop), threading.Event()
    other = threading.Thread(target=run_elsewhere, args=(elsewhere, arrived), daemon=True)
    other.start()
    arrived.wait()

    loop = new_loop(kind, is_uvloop)

    async def run():
        describe(current_task(), "main", ["sleep", "Future", "1000 s"])
        await scenes(kind, is_uvloop)
        await asyncio.sleep(0.2)
        never_settled.append(asyncio.ensure_future(report(kind, {loop: threading.get_ident(), elsewhere: other.ident}, [loop, elsewhere, stopped])))
        await asyncio.sleep(LONG)

    loop.run_until_complete(run())


main()
