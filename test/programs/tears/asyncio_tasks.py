"""Two tasks of an event loop, each a chain of coroutines, that give way to each other all the time."""

import asyncio

from ready import ready


def red_leaf(): pass
def blue_leaf(): pass


async def red_3():
    red_leaf()
    await asyncio.sleep(0)
    red_leaf()


async def red_2():
    await red_3()


async def red_1():
    while True:
        await red_2()
        red_leaf()


async def blue_3():
    await asyncio.sleep(0)
    blue_leaf()


async def blue_2():
    blue_leaf()
    await blue_3()
    await blue_3()


async def blue_1():
    while True:
        await blue_2()


async def main():
    ready()
    tasks = [asyncio.ensure_future(red_1()), asyncio.ensure_future(blue_1())]
    await asyncio.wait(tasks)


asyncio.run(main())
