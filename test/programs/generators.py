"""Computes at the end of a chain of generators, then of coroutines, then of an asynchronous generator, over and over.

The stacks below main(): pull > outer_generator > inner_generator > spin, drive > outer_coroutine > inner_coroutine >
spin, drive > loop_over > async_numbers > spin.
"""

import time

from ready import ready


def spin(seconds=0.005):
    now = time.perf_counter
    end = now() + seconds
    while now() < end:
        pass


def inner_generator():
    for number in range(3):
        spin()
        yield number


def outer_generator():
    yield from inner_generator()


def pull():
    for number in outer_generator():
        pass


async def inner_coroutine():
    spin()


async def outer_coroutine():
    await inner_coroutine()


async def async_numbers():
    for number in range(3):
        spin()
        yield number


async def loop_over():
    async for number in async_numbers():
        pass


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


def main():
    ready()
    while True:
        pull()
        drive(outer_coroutine())
        drive(loop_over())


main()
