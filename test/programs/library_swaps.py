"""Tasks of trio or curio (the argument says which) that swap as fast as they can, and others that are born and gone at once, in two colours that
never wait for each other.

A stack that holds both a red_ and a blue_ function, or a red- task with a blue_ function, never existed.
"""

import sys

from ready import ready


def red_call():
    sum(range(500))


def blue_call():
    sum(range(500))


async def red_leaf(nap):
    for _ in range(1000):
        red_call()
        await nap(0)


async def blue_leaf(nap):
    for _ in range(1000):
        blue_call()
        await nap(0)


async def red_call_once(nap):
    red_call()
    await nap(0)


async def blue_call_once(nap):
    blue_call()
    await nap(0)


async def red_middle(nap):
    await red_leaf(nap)


async def blue_middle(nap):
    await blue_leaf(nap)


async def red_short(group, nap):
    while True:
        async with group() as start:
            for _ in range(20):
                await start(red_call_once, nap, "red-once")


async def red_outer(group, nap):
    while True:
        async with group() as start:
            await start(red_leaf, nap, "red-one")
            await start(red_middle, nap, "red-two")


async def blue_short(group, nap):
    while True:
        async with group() as start:
            for _ in range(20):
                await start(blue_call_once, nap, "blue-once")


async def blue_outer(group, nap):
    while True:
        async with group() as start:
            await start(blue_leaf, nap, "blue-one")
            await start(blue_middle, nap, "blue-two")


outer = {"red-outer": red_outer, "blue-outer": blue_outer, "red-short": red_short, "blue-short": blue_short}


def run_trio():
    import trio

    class Group:
        async def __aenter__(self):
            self.manager = trio.open_nursery()
            self.nursery = await self.manager.__aenter__()
            return self.start

        async def start(self, function, nap, name):
            self.nursery.start_soon(function, nap, name=name)

        async def __aexit__(self, *error):
            return await self.manager.__aexit__(*error)

    async def main():
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                for name, function in outer.items():
                    nursery.start_soon(function, Group, trio.sleep, name=name)
            ready()

    trio.run(main)


def run_curio():
    import curio_on_any_version  # noqa: F401
    import curio

    class Group:
        async def __aenter__(self):
            self.group = curio.TaskGroup()
            return self.start

        async def start(self, function, nap, name):
            (await self.group.spawn(function, nap)).name = name

        async def __aexit__(self, *error):
            return await self.group.__aexit__(*error)

    async def main():
        for _ in range(2):
            for name, function in outer.items():
                (await curio.spawn(function, Group, curio.sleep)).name = name
        ready()
        await curio.sleep(1000)

    curio.run(main)


{"trio": run_trio, "curio": run_curio}[sys.argv[1]]()
