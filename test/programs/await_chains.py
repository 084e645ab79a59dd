"""Stands still with coroutines and generators that await each other in every way that there is, and says of each chain what Python
knows of it: READY and a JSON object, `chains` and `locals` (see await-chains.test.ts). One of the coroutines runs: it is
the one that says so. With the argument `traced`, tools watch all of it.
"""

import asyncio
import asyncio.futures
import asyncio.tasks
import ctypes
import gc
import inspect
import json
import os
import sys
import types

from ready import ready

@types.coroutine
def pause(value=None):
    return (yield value)


async def leaf(depth=0):
    await pause(depth)


# --- chains: each function gives something to send None into, or to leave as it is ---


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


# --- the truth ---

HAS_FRAMES = (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)
WRAPPERS = {"coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable"}


def is_static(kind):
    return not kind.__flags__ & 1 << 9


def first_referent(thing):
    return next(referent for referent in gc.get_referents(thing) if not isinstance(referent, type))


def state_of(thing):
    if isinstance(thing, types.CoroutineType):
        return inspect.getcoroutinestate(thing)[len("CORO_") :]
    return inspect.getgeneratorstate(thing)[len("GEN_") :] if isinstance(thing, types.GeneratorType) else "SUSPENDED"


def frame_and_awaited(thing):
    prefix = {types.CoroutineType: "cr_", types.GeneratorType: "gi_", types.AsyncGeneratorType: "ag_"}[type(thing)]
    return getattr(thing, prefix + "frame"), getattr(thing, "gi_yieldfrom" if prefix == "gi_" else prefix + "await")


def place_of(frame, state):
    """Positions: those of one that has not begun mean nothing."""
    code = frame.f_code
    positions = [None] * 4
    if hasattr(code, "co_positions") and state != "CREATED":
        positions = list(code.co_positions())[frame.f_lasti // 2]
    return [id(code), getattr(code, "co_qualname", code.co_name), frame.f_lineno, *(position or 0 for position in positions)]


def address_of(frame):
    """Of the frame as the interpreter has it: from 3.11 on the frame object points to it (Include/internal/pycore_frame.h)."""
    if frame is None or sys.version_info < (3, 11):
        return id(frame) if frame else 0
    return ctypes.c_void_p.from_address(id(frame) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)).value


def chain_of(root):
    """The outermost frame first."""
    chain = {"root": id(root), "state": None, "frame": 0, "code": 0, "frames": [], "end": 0, "whole": True}
    thing = root
    while thing is not None:
        if type(thing) in HAS_FRAMES:
            state = state_of(thing)
            frame, awaited = frame_and_awaited(thing)
            if chain["state"] is None:
                chain.update(state=state, frame=address_of(frame), code=id(frame.f_code) if frame else 0)
            if state in ("CLOSED", "RUNNING"):
                break
            chain["frames"].append(place_of(frame, state))
            if awaited is None and frame.f_code.co_name == "__await__":
                chain["end"] = id(frame.f_locals["self"])
            thing = awaited
        elif type(thing).__name__ in WRAPPERS and is_static(type(thing)):
            thing = first_referent(thing)
        else:
            is_of_future = type(thing).__module__ == "_asyncio" and not isinstance(thing, Iterator)
            chain["end"] = id(first_referent(thing) if is_of_future else thing)
            # By its name it was made in C, which may have anything behind it.
            chain["whole"] = "." not in type(thing).__name__
            break
    return chain


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


def locals_of(coroutine, names):
    frame = coroutine.cr_frame
    values = frame.f_locals
    for name in names:
        yield [address_of(frame), id(frame.f_code), name, id(values[name]) if name in values else None]


# --- the scene ---


def sent(thing):
    thing.send(None)
    return thing


def make_chains(loop):
    """By name. Whatever else they need is in their frames."""
    chains = {}
    functions = [through_coroutines, by_asend, by_athrow, by_aclose, nested_asynchronous_generators, by_entering, by_leaving]
    functions += [by_comprehension, by_asynchronous_comprehension, in_handler, in_finally, by_yield_from, by_yield]
    if sys.version_info >= (3, 10):
        functions += [by_anext_with_default, by_anext_of_a_class]
    for function in functions:
        chains[function.__name__] = sent(function())
    chains["deep"] = sent(deep(60))
    chains["big"] = sent(big(leaf))  # noqa: F821
    chains["not begun"] = not_begun(1)
    chains["generator not begun"] = by_yield_from()
    chains["finished"] = finished = by_yield_from()
    finished.close()
    chains["generator expression"] = sent(number for number in by_yield_from())
    endings = {
        "a coroutine's own iterator": Wrapper(leaf()),
        "an object with __await__": Waits(),
        "an object with __await__ that awaits": WaitsByAnother(),
        "an object with __await__ that awaits by a wrapper": Wrapper(Wrapper(WaitsByAnother())),
        "an iterator of a class": Gives(Iterator()),
        "an iterator of a class of the same name": Gives(type("coroutine", (Iterator,), {})()),
        "an iterator of a class called like that of futures": Gives(type("_asyncio.FutureIter", (Iterator,), {})()),
        "a list's iterator": Gives(iter([None, None])),
        "a future": asyncio.Future(loop=loop),
        "a future in Python": asyncio.futures._PyFuture(loop=loop),
        "a task": asyncio.Task(asyncio.sleep(1), loop=loop),
        "a task in Python": asyncio.tasks._PyTask(asyncio.sleep(1), loop=loop),
        "a generator that is a coroutine": pause(),
    }
    for name, thing in endings.items():
        chains[name] = sent(waits_for(thing))
    chains["no coroutine around it"] = sent(leaf().__await__())
    chains["asyncio.sleep"] = sent(asyncio.sleep(100))
    chains["asyncio.sleep of nothing"] = sent(asyncio.sleep(0))
    chains["asyncio.Event.wait"] = sent(asyncio.Event().wait())
    chains["asyncio.Queue.get"] = sent(asyncio.Queue().get())
    return chains


def watch():
    def trace(frame, event, argument):
        frame.f_trace_opcodes = True
        return trace

    sys.settrace(trace)
    if hasattr(sys, "monitoring"):
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(3, "watch")
        for event in (events.LINE, events.INSTRUCTION, events.PY_YIELD, events.PY_RESUME):
            sys.monitoring.register_callback(3, event, lambda *_: None)
        sys.monitoring.set_events(3, events.LINE | events.INSTRUCTION | events.PY_YIELD | events.PY_RESUME)


async def tell(chains, all_locals):
    truth = {name: chain_of(root) for name, root in chains.items()}
    ready(json.dumps({"chains": truth, "locals": all_locals}, separators=(",", ":")))
    sys.stdin.readline()
    os._exit(0)


def main():
    loop = asyncio.new_event_loop()
    asyncio._set_running_loop(loop)
    asyncio.set_event_loop(loop)
    if "traced" in sys.argv:
        watch()
    chains = make_chains(loop)
    variables = sent(has_variables(object(), object(), keyword=object()))
    making = sent(makes_inner(object()))
    not_started = has_variables(object(), object(), 5)
    names = ["argument", "captured", "more", "keyword", "local", "inner", "cell", "unset", "nothing"]
    all_locals = [*locals_of(variables, names), *locals_of(making, ["outer"]), *locals_of(making.cr_await, ["outer", "own"])]
    all_locals += locals_of(not_started, names)
    chains["running"] = running = tell(chains, all_locals)
    running.send(None)


main()
