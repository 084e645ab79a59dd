"""Two chains of coroutines, driven by hand, one of them through an asynchronous generator and `async with`."""

from ready import ready


class Turn:
    def __await__(self):
        turn_leaf()
        yield


def turn_leaf(): pass
def red_leaf(): pass
def blue_leaf(): pass


async def red_3():
    red_leaf()
    await Turn()
    red_leaf()


async def red_2():
    await red_3()


async def red_1():
    await red_2()
    red_leaf()


class BlueContext:
    async def __aenter__(self):
        blue_leaf()
        await blue_pause()

    async def __aexit__(self, *reason):
        await Turn()


async def blue_pause():
    await Turn()


async def blue_numbers():
    for number in range(2):
        blue_leaf()
        await blue_pause()
        yield number


async def blue_2():
    async for number in blue_numbers():
        blue_leaf()


async def blue_1():
    async with BlueContext():
        await blue_2()


def drive_red():
    chain = red_1()
    try:
        while True:
            chain.send(None)
    except StopIteration:
        pass


def drive_blue():
    chain = blue_1()
    try:
        while True:
            chain.send(None)
    except StopIteration:
        pass


def main():
    ready()
    while True:
        drive_red()
        drive_blue()


main()
