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

import ways_to_await as ways
from ready import ready

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
            is_of_future = type(thing).__module__ == "_asyncio" and not isinstance(thing, ways.Iterator)
            chain["end"] = id(first_referent(thing) if is_of_future else thing)
            # By its name it was made in C, which may have anything behind it.
            chain["whole"] = "." not in type(thing).__name__
            break
    return chain


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
    functions = [ways.through_coroutines, ways.by_asend, ways.by_athrow, ways.by_aclose, ways.nested_asynchronous_generators, ways.by_entering, ways.by_leaving]
    functions += [ways.by_comprehension, ways.by_asynchronous_comprehension, ways.in_handler, ways.in_finally, ways.by_yield_from, ways.by_yield]
    if sys.version_info >= (3, 10):
        functions += [ways.by_anext_with_default, ways.by_anext_of_a_class]
    for function in functions:
        chains[function.__name__] = sent(function())
    chains["deep"] = sent(ways.deep(60))
    chains["big"] = sent(ways.big(ways.leaf))
    chains["not begun"] = ways.not_begun(1)
    chains["generator not begun"] = ways.by_yield_from()
    chains["finished"] = finished = ways.by_yield_from()
    finished.close()
    chains["generator expression"] = sent(number for number in ways.by_yield_from())
    endings = {
        "a coroutine's own iterator": ways.Wrapper(ways.leaf()),
        "an object with __await__": ways.Waits(),
        "an object with __await__ that awaits": ways.WaitsByAnother(),
        "an object with __await__ that awaits by a wrapper": ways.Wrapper(ways.Wrapper(ways.WaitsByAnother())),
        "an iterator of a class": ways.Gives(ways.Iterator()),
        "an iterator of a class of the same name": ways.Gives(type("coroutine", (ways.Iterator,), {})()),
        "an iterator of a class called like that of futures": ways.Gives(type("_asyncio.FutureIter", (ways.Iterator,), {})()),
        "a list's iterator": ways.Gives(iter([None, None])),
        "a future": asyncio.Future(loop=loop),
        "a future in Python": asyncio.futures._PyFuture(loop=loop),
        "a task": asyncio.Task(asyncio.sleep(1), loop=loop),
        "a task in Python": asyncio.tasks._PyTask(asyncio.sleep(1), loop=loop),
        "a generator that is a coroutine": ways.pause(),
    }
    for name, thing in endings.items():
        chains[name] = sent(ways.waits_for(thing))
    chains["a function that gives a generator"] = sent(ways.waits_for(types.coroutine(lambda: ways.by_yield_from())()))
    if sys.version_info < (3, 11):
        chains["asyncio.coroutine"] = sent(asyncio.coroutine(ways.by_yield_from)())
    chains["no coroutine around it"] = sent(ways.leaf().__await__())
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
    variables = sent(ways.has_variables(object(), object(), keyword=object()))
    making = sent(ways.makes_inner(object()))
    not_started = ways.has_variables(object(), object(), 5)
    names = ["argument", "captured", "more", "keyword", "local", "inner", "cell", "unset", "nothing"]
    all_locals = [*locals_of(variables, names), *locals_of(making, ["outer"]), *locals_of(making.cr_await, ["outer", "own"])]
    all_locals += locals_of(not_started, names)
    chains["running"] = running = tell(chains, all_locals)
    running.send(None)


main()
