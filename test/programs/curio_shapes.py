"""Stands still with tasks of curio that wait for each other and for all that curio has, in two threads, and says what curio knows of them: READY and a
JSON object, `tasks` and `waits` (see curio.test.ts). One task of each thread runs: it is the one that says so. An argument is
the release that curio says it is.
"""

import ctypes
import inspect
import json
import os
import sys
import threading
import time

import curio_on_any_version
import curio
from curio import meta, traps

from ready import ready
from truth_of_tasks import address_of, await_frames

if len(sys.argv) > 1:
    curio.__version__ = sys.argv[1]
waits = {}
keep = []
gate = threading.Event()


def waits_for(name, kind, thing=None, detail="", type_name=None, held_by=0):
    """What the task of that name waits for. Where `thing` is a function, it gives the thing when everybody waits."""
    waits[name] = (kind, thing, type_name, detail, held_by)


async def start(name, function, *args, daemon=True):
    task = await curio.spawn(function, *args, daemon=daemon)
    task.name = name
    return task


async def sleeps(seconds):
    await curio.sleep(seconds)


async def in_time():
    async with curio.timeout_after(500):
        await curio.sleep(1000)


async def numbers():
    yield 1
    await curio.sleep(300)


async def iterates():
    async for _ in numbers():
        pass


async def holds(lock):
    async with lock:
        await curio.sleep(1000)


async def wants(lock):
    async with lock:
        pass


async def waits_on(condition):
    async with condition:
        await condition.wait()


async def fills(queue):
    while True:
        await queue.put(1)


async def joins(task):
    await task.join()


async def in_group():
    async with curio.TaskGroup() as group:
        keep.append(group)
        waits_for("in a group", "tasks", group, "2 tasks")
        for number in range(2):
            member = await group.spawn(sleeps, 100)
            member.name = "member %d" % number
        member = await group.spawn(sleeps, 100, daemon=True)
        member.name = "daemon in the group"


async def groups_next(group):
    await group.next_done()


async def reads(fd):
    await traps._read_wait(fd)


async def goes_on(event):
    await event.wait()
    await curio.sleep(0)


async def scenes():
    event, lock, rlock, semaphore, condition = curio.Event(), curio.Lock(), curio.RLock(), curio.Semaphore(0), curio.Condition()
    full, empty, ordered = curio.Queue(3), curio.Queue(), curio.PriorityQueue(5)
    ours, theirs = curio.socket.socketpair()
    reading, writing = os.pipe()
    keep.extend([theirs, writing])
    await ordered.put(1)

    await start("sleeps", sleeps, 1000)
    waits_for("sleeps", "sleep", detail="1000 s")
    await start("in time", in_time)
    waits_for("in time", "sleep", detail="1000 s")
    await start("iterates", iterates)
    waits_for("iterates", "sleep", detail="300 s")
    await start("event", event.wait)
    waits_for("event", "event", event)
    await start("semaphore", semaphore.acquire)
    waits_for("semaphore", "semaphore", semaphore)
    await start("holds", holds, lock)
    await start("holds for itself", holds, rlock)
    await start("wants", wants, lock)
    waits_for("wants", "lock", lock)
    await start("wants again", wants, rlock)
    waits_for("wants again", "lock", rlock, held_by="holds for itself")
    await start("waits on", waits_on, condition)
    waits_for("waits on", "condition", condition)
    await start("fills", fills, full)
    waits_for("fills", "queue", full, "3 of 3 items")
    await start("receives", empty.get)
    waits_for("receives", "queue", empty, "0 items")
    await start("joins the queue", ordered.join)
    waits_for("joins the queue", "queue", ordered, "1 of 5 items")
    sleeper = await start("is joined", sleeps, 77)
    await start("joins", joins, sleeper)
    await start("joins too", joins, sleeper)
    waits_for("joins", "task", sleeper)
    await start("socket", ours.recv, 1)
    waits_for("socket", "socket", ours._fileno, "fd %d to be readable" % ours.fileno())
    await start("pipe", reads, reading)
    waits_for("pipe", "socket", reading, "fd %d to be readable" % reading)
    await start("in a thread", curio.run_in_thread, gate.wait)
    waits_for("in a thread", "thread", lambda: by_name["in a thread"].future)
    await start("in a group", in_group)
    going = curio.Event()
    await start("goes on", goes_on, going)
    await curio.sleep(0.3)
    return going


by_name = {}


def describe(task, kernel, thread):
    state = {"CORO_CREATED": "created", "CORO_RUNNING": "running"}.get(inspect.getcoroutinestate(task._run_coro))
    awaiting = set(task.joining._tasks)
    if task.taskgroup and not task.daemon:
        awaiting.update(waiter for waiter, in task.taskgroup._sema._waiting._queue if waiter)
    return {
        "address": id(task),
        "serial": task.id,
        "name": task.name,
        "state": state or ("ready" if task.state in ("READY", "RUNNING") else "waiting"),
        "loop": id(kernel),
        "thread": thread,
        "rootFrame": address_of(task._run_coro.cr_frame),
        "rootCode": id(task.coro.cr_code),
        "frames": [] if state == "running" else await_frames(task._run_coro),
        "awaitedBy": sorted(map(id, awaiting)),
        "parent": id(kernel._tasks[task.parentid]) if task.parentid in kernel._tasks else 0,
    }


def described_wait(kind, thing, type_name, detail, held_by):
    thing = thing() if callable(thing) else thing
    return {
        "kind": kind,
        "object": 0 if thing is None else id(thing),
        "typeName": type_name if type_name is not None else "" if thing is None else type(thing).__name__,
        "detail": detail,
        **({"heldBy": id(by_name[held_by])} if held_by else {}),
    }


def truth():
    thread = ctypes.pythonapi.PyThreadState_Get
    thread.restype = ctypes.c_size_t
    kernel = meta._locals.kernel
    by_name.update((task.name, task) for task in kernel._tasks.values())
    return [describe(task, kernel, thread()) for task in kernel._tasks.values()]


async def stands_still(finished):
    going = await scenes()
    await start("is made", sleeps, 1)
    await going.set()
    finished(truth())


async def elsewhere(finished):
    await start("elsewhere", sleeps, 55)
    waits_for("elsewhere", "sleep", detail="55 s")
    await curio.sleep(0.1)
    finished(truth())


def main():
    told = []

    def in_other_thread(tasks):
        told.extend(tasks)
        time.sleep(1000)

    def finish(tasks):
        threading.Thread(target=curio.run, args=(elsewhere, in_other_thread), daemon=True).start()
        while not told:
            time.sleep(0.01)
        ready(json.dumps({"tasks": tasks + told, "waits": {name: described_wait(*wait) for name, wait in waits.items()}}))
        sys.stdin.read()

    curio.run(stands_still, finish)


main()
