"""Coroutines and generators for await_chains.py: one function for each way in which one can await another."""

import os
import types


@types.coroutine
def pause(value=None):
    return (yield value)


async def leaf(depth=0):
    await pause(depth)


async def through_coroutines():
    first, second = 1, [2]

    async def middle(number):
        for _ in range(3):
            with open(os.devnull) as file:
                print(second, first, await leaf(number), file=file)

    await middle(7)


async def numbers():
    yield 1
    try:
        await leaf()
        yield 2
    except ValueError:
        await leaf(1)
        yield 3
    finally:
        await leaf(2)


async def by_asend():
    async for number in numbers():
        pass


async def by_athrow():
    generator = catching()
    await generator.__anext__()
    await generator.athrow(ValueError)


async def catching():
    try:
        yield 1
    except ValueError:
        await leaf()
    yield 2


async def by_aclose():
    generator = closing()
    await generator.__anext__()
    await generator.aclose()


async def closing():
    try:
        yield 1
    finally:
        await leaf()


async def by_anext_with_default():
    await anext(numbers_later(), 5)  # noqa: F821


async def by_anext_of_a_class():
    class Numbers:
        def __aiter__(self):
            return self

        async def __anext__(self):
            await leaf()

    await anext(Numbers(), 5)  # noqa: F821


async def numbers_later():
    await leaf()
    yield 1


async def nested_asynchronous_generators():
    async def outer():
        async for number in numbers_later():
            yield number

    async for _ in outer():
        pass


class Wrapper:
    def __init__(self, awaitable):
        self.awaitable = awaitable

    def __await__(self):
        return self.awaitable.__await__()


class Waits:
    def __await__(self):
        yield


class WaitsByAnother:
    def __await__(self):
        result = yield from Waits().__await__()
        return result


class Iterator:
    def __iter__(self):
        return self

    def __next__(self):
        return None


class Gives:
    def __init__(self, iterator):
        self.iterator = iterator

    def __await__(self):
        return self.iterator


class Manager:
    async def __aenter__(self):
        await leaf()

    async def __aexit__(self, *_):
        await leaf()


async def waits_for(awaitable):
    return 1, await awaitable, [awaitable]


async def by_entering():
    async with Manager():
        pass


async def by_leaving():
    async with Entered():
        pass


class Entered(Manager):
    async def __aenter__(self):
        pass


async def by_comprehension():
    return [await leaf(number) for number in range(2)]


async def by_asynchronous_comprehension():
    return {number: 1 async for number in numbers_later()}


async def in_handler():
    try:
        raise KeyError(1)
    except KeyError as error:
        await leaf(error)


async def in_finally():
    try:
        pass
    finally:
        await leaf()


async def deep(depth):
    if depth:
        await deep(depth - 1)
    await leaf()


def by_yield_from():
    def inner():
        yield from [1, 2]

    yield from inner()


def by_yield():
    for number in by_yield_from():
        yield number, (yield number)


def as_it_is(function):
    return function


# fmt: off
@as_it_is
@as_it_is
async def not_begun(
    first, second=2,
):
    def inner(): return first
    await leaf(inner)
# fmt: on

# More constants and variables than one byte can count, and jumps over all of it.
before, after = ("".join(f"  v{i} {how} {i}.5\n" for i in range(400)) for how in ("=", "+="))
exec(f"async def big(leaf):\n while True:\n{before}  await leaf()\n{after}")


async def has_variables(argument, captured, *more, keyword=1):
    local = [argument]

    def inner():
        return captured, local, cell

    cell = object()
    if more:
        unset = 1
    await leaf(inner)
    return unset


async def makes_inner(outer):
    async def inner(own):
        await pause((outer, own))

    await inner(object())
