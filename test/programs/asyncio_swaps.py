"""Tasks that are born, swap and finish as fast as they can, in two colours that never wait for each other.

A stack that holds both a red_ and a blue_ function, or a red- task with a blue_ function, never existed.
"""

import asyncio

from ready import ready


def red_call():
    sum(range(20))


def blue_call():
    sum(range(20))


async def red_leaf():
    red_call()
    await asyncio.sleep(0)
    red_call()


async def blue_leaf():
    blue_call()
    await asyncio.sleep(0)
    blue_call()


async def red_middle():
    await red_leaf()


async def blue_middle():
    await blue_leaf()


def start(coroutine, name):
    task = asyncio.ensure_future(coroutine)
    if hasattr(task, "set_name"):
        task.set_name(name)
    return task


async def red_outer():
    while True:
        await start(red_middle(), "red-inner")
        await asyncio.gather(start(red_leaf(), "red-one"), start(red_middle(), "red-two"))


async def blue_outer():
    while True:
        await start(blue_middle(), "blue-inner")
        await asyncio.gather(start(blue_leaf(), "blue-one"), start(blue_middle(), "blue-two"))


async def main():
    tasks = []
    for number in range(4):
        tasks.append(start(red_outer(), "red-outer"))
        tasks.append(start(blue_outer(), "blue-outer"))
    ready()
    # Each is awaited by nobody: main would be in all chains otherwise.
    await asyncio.sleep(1000)


asyncio.run(main())
