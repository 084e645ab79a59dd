"""Stands still with tasks of trio that wait for each other and for all that trio has, in two threads, and says what trio knows of them: READY and a
JSON object, `tasks` and `waits` (see trio.test.ts). One task of each thread runs: it is the one that says so.
"""

import ctypes
import inspect
import json
import os
import socket
import sys
import threading
import time

import trio
import trio.testing
from trio._core import _run

from ready import ready
from truth_of_tasks import address_of

gate = threading.Event()
waits = {}


def waits_for(name, kind, thing=None, detail="", type_name=None, held_by=0):
    """What the task of that name waits for. Where `thing` is a function, it gives the thing when everybody waits."""
    waits[name] = (kind, thing, type_name, detail, held_by)


class Mailbox:
    """Built on trio's lowest layer, as programs may do."""

    async def fetch(self):
        await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.SUCCEEDED)


async def numbers():
    yield 1
    await trio.sleep_forever()
    yield 2


async def iterates():
    async for _ in numbers():
        pass


async def in_context():
    async with Context():
        pass


class Context:
    async def __aenter__(self):
        await trio.sleep(2000.5)

    async def __aexit__(self, *_):
        pass


async def holds(lock):
    async with lock:
        await trio.sleep_forever()


async def wants(lock):
    async with lock:
        pass


async def waits_on(condition):
    async with condition:
        await condition.wait()


async def notifies(condition, is_waiting):
    await is_waiting()
    async with condition:
        condition.notify()
        await trio.sleep_forever()


async def fills(channel):
    while True:
        await channel.send(1)


async def half_started(task_status):
    await trio.sleep_forever()


async def starts():
    async with trio.open_nursery() as nursery:
        await nursery.start(half_started)


async def opens_two():
    async with trio.open_nursery() as outer:
        outer.start_soon(trio.sleep_forever, name="in the outer one")
        async with trio.open_nursery() as inner:
            inner.start_soon(trio.sleep_forever, name="in the inner one")
            waits_for("opens two", "tasks", inner, "1 task")


async def goes_on(event):
    while True:
        await event.wait()
        event = trio.Event()


async def scenes(nursery):
    def start(name, function, *args):
        nursery.start_soon(function, *args, name=name)

    event, lock, semaphore, limiter = trio.Event(), trio.StrictFIFOLock(), trio.Semaphore(0), trio.CapacityLimiter(1)
    condition, notified, mailbox = trio.Condition(), trio.Condition(), Mailbox()
    full, empty = trio.open_memory_channel(3), trio.open_memory_channel(float("inf"))
    ours, theirs = trio.socket.socketpair()
    reading, writing = os.pipe()
    keep.extend([theirs, writing, limiter, full, empty])
    limiter.acquire_on_behalf_of_nowait("somebody")

    start("sleeps", trio.sleep, 1000)
    waits_for("sleeps", "sleep", detail="1000 s")
    start("sleeps for ever", trio.sleep_forever)
    waits_for("sleeps for ever", "sleep", detail="for ever")
    start("in context", in_context)
    waits_for("in context", "sleep", detail="2000.5 s")
    start("iterates", iterates)
    waits_for("iterates", "sleep", detail="for ever")
    start("event", event.wait)
    waits_for("event", "event", event)
    start("semaphore", semaphore.acquire)
    waits_for("semaphore", "semaphore", semaphore)
    start("limiter", limiter.acquire)
    waits_for("limiter", "semaphore", limiter)
    start("mailbox", mailbox.fetch)
    waits_for("mailbox", "object", mailbox)

    start("holds", holds, lock)
    await trio.testing.wait_all_tasks_blocked()
    start("wants", wants, lock)
    waits_for("wants", "lock", lock, held_by="holds")
    start("waits on", waits_on, condition)
    waits_for("waits on", "condition", condition)
    start("was notified", waits_on, notified)
    await trio.testing.wait_all_tasks_blocked()
    start("notifies", notifies, notified, trio.lowlevel.checkpoint)
    waits_for("was notified", "lock", notified._lock, held_by="notifies")

    start("fills", fills, full[0])
    waits_for("fills", "queue", full[0], "3 of 3 items")
    start("receives", empty[1].receive)
    waits_for("receives", "queue", empty[1], "0 items")
    start("socket", ours.recv, 1)
    waits_for("socket", "socket", ours._sock, "fd %d to be readable" % ours.fileno())
    start("pipe", trio.lowlevel.wait_readable, reading)
    waits_for("pipe", "socket", reading, "fd %d to be readable" % reading)
    start("in a thread", trio.to_thread.run_sync, gate.wait)
    waits_for("in a thread", "thread", type_name="")
    start("starts", starts)
    waits_for("starts", "tasks", lambda: tasks_by_name["__main__.half_started"].parent_nursery, "1 task")
    start("opens two", opens_two)
    going = trio.Event()
    start("goes on", goes_on, going)
    await trio.testing.wait_all_tasks_blocked()
    return start, going


keep = []
tasks_by_name = {}


def all_tasks():
    """By trio's own accounts of nurseries, from the root down."""
    found = [trio.lowlevel.current_root_task()]
    for task in found:
        for nursery in task.child_nurseries:
            found.extend(nursery.child_tasks)
    return found


def describe(task, thread):
    coroutine_state = inspect.getcoroutinestate(task.coro)
    nursery = task.parent_nursery
    state = {"CORO_CREATED": "created", "CORO_RUNNING": "running"}.get(coroutine_state)
    return {
        "address": id(task),
        "serial": task._counter,
        "name": task.name,
        "state": state or ("waiting" if task._next_send_fn is None else "ready"),
        "loop": id(_run.GLOBAL_RUN_CONTEXT.runner),
        "thread": thread,
        "rootFrame": address_of(task.coro.cr_frame),
        "rootCode": id(task.coro.cr_code),
        "frames": [] if state == "running" else [[id(frame.f_code), line] for frame, line in task.iter_await_frames()],
        "awaitedBy": [id(nursery.parent_task)] if nursery and nursery._parent_waiting_in_aexit else [],
        "parent": id(nursery.parent_task) if nursery else 0,
    }


def described_wait(kind, thing, type_name, detail, held_by):
    thing = thing() if callable(thing) else thing
    return {
        "kind": kind,
        "object": 0 if thing is None else id(thing),
        "typeName": type_name if type_name is not None else "" if thing is None else type(thing).__name__,
        "detail": detail,
        **({"heldBy": id(tasks_by_name[held_by])} if held_by else {}),
    }


def truth():
    thread = ctypes.pythonapi.PyThreadState_Get
    thread.restype = ctypes.c_size_t
    tasks = all_tasks()
    tasks_by_name.update((task.name, task) for task in tasks)
    return [describe(task, thread()) for task in tasks]


async def stands_still(finished):
    async with trio.open_nursery() as nursery:
        start, going = await scenes(nursery)
        start("is made", trio.sleep_forever)
        going.set()
        finished(truth())


async def elsewhere(finished):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever, name="elsewhere")
        waits_for("elsewhere", "sleep", detail="for ever")
        await trio.testing.wait_all_tasks_blocked()
        finished(truth())


def main():
    told = []

    def in_other_thread(tasks):
        told.extend(tasks)
        time.sleep(1000)

    def finish(tasks):
        thread = threading.Thread(target=trio.run, args=(elsewhere, in_other_thread), daemon=True)
        thread.start()
        while not told:
            time.sleep(0.01)
        tasks += told
        ready(json.dumps({"version": trio.__version__, "tasks": tasks, "waits": {name: described_wait(*wait) for name, wait in waits.items()}}))
        sys.stdin.read()

    trio.run(stands_still, finish)


main()
