"""A coroutine that stands still in five places, each below other lines, and goes on to the next as fast as it can.

READY with its address. The stacks: root > a1 > a2 > a3 > pause, root > b1 > b2 > pause, root > numbers > b2 > pause from two lines,
root > b2 > pause.
"""

import types

from ready import ready


@types.coroutine
def pause():
    yield


async def a3(number):
    await pause()


async def a2(number):
    await a3(number)


async def a1(number):
    for _ in range(2):
        await a2(number)


async def b2(number):
    await pause()


async def b1(number):
    await b2(number)


async def numbers():
    await b2(1)
    yield 1
    await b2(2)


async def root():
    number = 0
    while True:
        number += 1
        await a1(number)
        await b1(number)
        async for each in numbers():
            await b2(each)


coroutine = root()
send = coroutine.send
send(None)
ready(str(id(coroutine)))
while True:
    send(None)
