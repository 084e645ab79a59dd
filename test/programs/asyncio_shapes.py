"""An asyncio program whose stacks are known: who waits for whom, and where.

    main    waits by gather for worker-0, worker-1 and worker-2
    worker  waits for a helper task, which sleeps; or computes for a while, in worker-2
    idler   is awaited by nobody and sleeps for ever
"""

import asyncio
import time

from ready import ready


def compute():
    end = time.perf_counter() + 0.005
    while time.perf_counter() < end:
        pass


async def nap(seconds):
    await asyncio.sleep(seconds)


async def helper():
    while True:
        await nap(0.01)


async def wait_for_helper(task):
    await task


async def worker(number):
    if number == 2:
        while True:
            compute()
            await nap(0.005)
    task = asyncio.ensure_future(helper())
    name(task, "helper-%d" % number)
    await wait_for_helper(task)


async def idler():
    await asyncio.sleep(1000)


def name(task, text):
    if hasattr(task, "set_name"):
        task.set_name(text)


async def main():
    tasks = [asyncio.ensure_future(worker(number)) for number in range(3)]
    for number, task in enumerate(tasks):
        name(task, "worker-%d" % number)
    lonely = asyncio.ensure_future(idler())
    name(lonely, "idler")
    current = asyncio.current_task() if hasattr(asyncio, "current_task") else None
    if current:
        name(current, "main")
    asyncio.get_event_loop().call_later(0.1, ready)
    await asyncio.gather(*tasks)


asyncio.run(main())
