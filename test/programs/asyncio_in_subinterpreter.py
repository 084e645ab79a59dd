"""asyncio in the main interpreter and in another one. READY is followed by the id of the other.

To 3.11 asyncio cannot run in two interpreters at once: there the main one's loop has stopped, with a task in it.
Tasks: "slept outside"; "inside" and "slept inside".
"""

import asyncio
import os
import sys
import threading
import time

from ready import ready

try:
    import _interpreters as interpreters  # 3.13 and later
except ImportError:
    import _xxsubinterpreters as interpreters  # 3.8 to 3.12

CODE = """
import asyncio, os

async def inside():
    asyncio.ensure_future(asyncio.sleep(1000)).set_name("slept inside")
    await asyncio.sleep(0.1)
    os.write({descriptor}, b"!")
    await asyncio.sleep(1000)

async def main():
    task = asyncio.ensure_future(inside())
    task.set_name("inside")
    await task

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
"""


async def outside(identity, descriptor):
    task = asyncio.ensure_future(asyncio.sleep(1000))
    task.set_name("slept outside")
    await asyncio.sleep(0.01)
    if sys.version_info < (3, 12):
        return task
    host_other(identity, descriptor)
    await asyncio.sleep(0.5)
    arrived()
    await task


def host_other(identity, descriptor):
    threading.Thread(target=lambda: interpreters.run_string(identity, CODE.format(descriptor=descriptor)), daemon=True).start()


def arrived():
    os.read(READ, 1)
    ready(str(int(IDENTITY)))


READ, WRITE = os.pipe()
IDENTITY = interpreters.create()
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
kept = loop.run_until_complete(outside(IDENTITY, WRITE))
host_other(IDENTITY, WRITE)
arrived()
time.sleep(1000)
