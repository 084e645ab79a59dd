"""Asyncio tasks that take turns of a tenth of a millisecond, most of it in calls of small functions, as a busy server's do."""

import asyncio

from ready import ready


def add(number):
    return number + 1


def respond():
    number = 0
    while number < 1000:
        number = add(number)


async def handle():
    while True:
        respond()
        await asyncio.sleep(0)


async def main():
    tasks = [asyncio.ensure_future(handle()) for _ in range(20)]
    await asyncio.sleep(0)
    ready()
    await asyncio.gather(*tasks)


asyncio.run(main())
