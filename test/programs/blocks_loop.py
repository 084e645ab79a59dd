"""Tasks of asyncio of which one keeps the loop from the others for 150 ms, twice; the others sleep, or wait for a lock that one of them holds."""

import asyncio
import time


def crunch(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(100))


async def hog():
    for _ in range(2):
        await asyncio.sleep(0.2)
        crunch(0.15)


async def holder(lock):
    async with lock:
        await asyncio.sleep(0.9)


async def queued(lock):
    await asyncio.sleep(0.05)
    async with lock:
        pass


async def main():
    lock = asyncio.Lock()
    await asyncio.gather(hog(), holder(lock), *(queued(lock) for _ in range(5)))


asyncio.run(main())
