"""anyio on asyncio: task groups within task groups, and tasks that wait for all that anyio has. anyio_truth.py [uvloop]

READY carries what asyncio_truth.py's does, but for "frames", "isWhole", "loop" and "thread". Needs anyio, and uvloop when that is asked for.
"""

import asyncio
import json
import socket
import sys
import threading
import time

import anyio
import anyio.to_thread
from ready import limit_life, say

LONG = 1000
never = threading.Event()
known = {}


def knows(name, waits_for, awaited_by=(), parent=None, state="waiting"):
    known[name] = {"waitsFor": waits_for, "awaitedBy": list(awaited_by), "parent": parent, "state": state}


async def sleeper():
    await anyio.sleep(LONG)


async def eventer():
    await anyio.Event().wait()


async def threader():
    # Not waited for at the end of the program.
    await anyio.to_thread.run_sync(never.wait, 300)


async def receiver(stream):
    await stream.receive()


async def locker(lock):
    async with lock:
        await anyio.sleep(LONG)


async def inner_group():
    async with anyio.create_task_group() as group:
        group.start_soon(sleeper, name="innermost")
        await group.start(started, name="started")
        await anyio.sleep(0)


async def busy_group():
    async with anyio.create_task_group() as group:
        group.start_soon(sleeper, name="in busy group")
        await anyio.sleep(LONG)


async def started(*, task_status):
    task_status.started()
    await anyio.sleep(LONG)


async def report():
    await anyio.sleep(0.3)
    tasks = asyncio.all_tasks()
    named = {task.get_name(): task for task in tasks}
    told = [dict(facts, id=id(named[name]), name=name) for name, facts in known.items()]
    say("READY " + json.dumps({"tasks": told, "all": sorted(map(id, tasks))}))
    time.sleep(LONG)


async def main():
    limit_life()
    sleep = ["sleep", "Future", "1000 s"]
    asyncio.current_task().set_name("main")
    knows("main", ["tasks", None, None])
    async with anyio.create_task_group() as group:

        def start(name, waits_for, function, *arguments):
            knows(name, waits_for, ["main"])
            group.start_soon(function, *arguments, name=name)

        start("sleeper", sleep, sleeper)
        start("event", ["event", "Event", ""], eventer)
        start("thread", ["thread", "Future", ""], threader)
        sending, receiving = anyio.create_memory_object_stream(0)
        start("memory", ["queue", "MemoryObjectReceiveStream", "to get"], receiver, receiving)
        listener = socket.create_server(("127.0.0.1", 0))
        stream = await anyio.connect_tcp(*listener.getsockname())
        fd = stream.extra(anyio.abc.SocketAttribute.raw_socket).fileno()
        start("stream", ["socket", "SocketStream", "to be readable" if "uvloop" in sys.argv else "fd {} to be readable".format(fd)], receiver, stream)
        lock = anyio.Lock()
        start("holder", sleep, locker, lock)
        await anyio.sleep(0.05)
        start("locker", ["lock", "Lock", ""], locker, lock)
        start("group", ["tasks", None, None], inner_group)
        knows("innermost", sleep, ["group"])
        knows("started", sleep, ["group"])
        start("busy group", sleep, busy_group)
        knows("in busy group", sleep, [], "busy group")
        knows("reporter", None, ["main"], state="running")
        group.start_soon(report, name="reporter")


anyio.run(main, **({"backend_options": {"use_uvloop": True}} if "uvloop" in sys.argv else {}))
