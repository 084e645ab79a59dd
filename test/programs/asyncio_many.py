"""Many asyncio tasks: argv[1] sleep for a long time each, one more computes in turns of 2 ms when argv[2] is "busy"."""

import asyncio
import sys
import time

from ready import ready


async def handle(number):
    await wait_for_work(number)


async def wait_for_work(number):
    await asyncio.sleep(1000 + number % 7)


async def compute():
    while True:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0)


async def main():
    tasks = [asyncio.ensure_future(handle(number)) for number in range(int(sys.argv[1]))]
    if sys.argv[2:] == ["busy"]:
        tasks.append(asyncio.ensure_future(compute()))
    await asyncio.sleep(0.1)
    ready()
    await asyncio.gather(*tasks)


asyncio.run(main())
