"""Stands still in many threads and prints the truth about itself as one line of JSON, for whoever reads its memory.

All text is ASCII here: names are spelled with escapes. Runs on CPython 3.8 and later. Ends when stdin does.

    runtime     address of _PyRuntime
    threads     ident, native id, what `threading` calls it (null: not at all), frames newest first (null: it is running)
    objects     per kind of reader: [address, what it must say]

Over 300 lines: it is run by itself, by interpreters that have nothing beside it, and each kind of object takes its lines.
"""

import _thread
import collections
import ctypes
import functools
import gc
import json
import sys
import threading
import time
import types
import weakref

gate = threading.Lock()
gate.acquire()
arrived = []


def stand_still(*_):
    arrived.append(1)
    gate.acquire()


# -- threads -------------------------------------------------------------------------------------


class Tree:
    def descend(self, depth):
        if depth:
            return self.descend(depth - 1)
        return sorted([3, 1], key=lambda value: self.leaf(value))

    @classmethod
    def leaf(cls, value):
        return cls.static_leaf(value)

    @staticmethod
    def static_leaf(value):
        return [stand_still(value, each) for each in range(2)]


def generators():
    def inner():
        yield 1
        stand_still()
        yield 2

    def outer():
        yield from inner()

    return sum(value for value in outer())


def coroutines():
    class Awaitable:
        def __await__(self):
            stand_still()
            yield

    async def innermost():
        await Awaitable()

    async def middle():
        return (1,
                await innermost())

    async def outermost():
        async for _ in numbers():
            await middle()

    async def numbers():
        yield 1

    outermost().send(None)


def async_generator():
    async def numbers():
        try:
            stand_still()
        finally:
            yield 1

    async def reader():
        return {number: number async for number in numbers()}

    reader().send(None)


def closures():
    cell = 1

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*arguments, **options):
            return function(*arguments, extra=cell, **options)

        return wrapper

    @decorator
    def wrapped(*, extra):
        class Body:
            value = {key: stand_still() for key in (lambda: [extra])()}

        return Body

    wrapped()


def executed():
    source = "import functools\n\n\ndef twice(a, b):\n    return (a +\n            stand_still(b))\n\n\nfunctools.reduce(twice, map(int, '12'))\n"
    exec(compile(source, "<\u751f\u6210>", "exec"), {"stand_still": stand_still})


def handlers():
    try:
        raise ValueError
    except ValueError:
        with threading.Lock():
            for _ in filter(stand_still, [1]):
                pass


class Worker(threading.Thread):
    """Has so many attributes that they no longer fit into what its class shares."""

    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        for index in range(60):
            setattr(self, "attribute_%d" % index, index)

    def run(self):
        stand_still()


class Title(str):
    pass


def not_known():
    stand_still()


def dummy():
    threading.current_thread()
    stand_still()


expected_names = {}


def start(name, function):
    thread = threading.Thread(target=function, name=name, daemon=True)
    thread.start()
    expected_names[thread.ident] = thread.name
    return thread


def start_all():
    start("g\xe9n\xe9rateurs", generators)
    start("\u30b9\u30ec\u30c3\u30c9 coroutines", coroutines)
    start("\U0001f9f5 \U00010400 closures", closures)
    start("", async_generator)
    start("long " + "name " * 200, executed)
    renamed = start("before", handlers)
    renamed.name = expected_names[renamed.ident] = "after"
    number = start("number", stand_still)
    number._name = 42
    expected_names[number.ident] = None
    title = start("title", stand_still)
    title._name = Title("t\xeftle")
    expected_names[title.ident] = "t\xeftle"
    with_dict = start("dict was looked at", stand_still)
    vars(with_dict)["more"] = 1
    worker = Worker("worker")
    worker.start()
    expected_names[worker.ident] = "worker"
    expected_names[_thread.start_new_thread(not_known, ())] = None
    before = set(threading._active)
    ident = _thread.start_new_thread(dummy, ())
    while not set(threading._active) - before:
        time.sleep(0.01)
    expected_names[ident] = threading._active[ident].name
    expected_names[threading.main_thread().ident] = "MainThread"


def frame_truth(frame):
    code = frame.f_code
    line, end_line, column, end_column = frame.f_lineno, None, None, None
    if hasattr(code, "co_positions"):
        line, end_line, column, end_column = list(code.co_positions())[frame.f_lasti // 2]
        assert line == frame.f_lineno
    return {
        "code": id(code),
        "name": getattr(code, "co_qualname", code.co_name),
        "file": code.co_filename,
        "firstLine": code.co_firstlineno,
        "offset": frame.f_lasti,
        "line": line or 0,
        "endLine": end_line or 0,
        "column": 0 if column is None else column + 1,
        "endColumn": 0 if end_column is None else end_column + 1,
    }


def threads_truth():
    own = threading.get_ident()
    native_ids = {thread.ident: thread.native_id for thread in threading.enumerate()}
    truth = []
    for ident, frame in sys._current_frames().items():
        frames = []
        while frame is not None and ident != own:
            frames.append(frame_truth(frame))
            frame = frame.f_back
        truth.append({"ident": ident, "nativeId": native_ids.get(ident), "name": expected_names.get(ident), "frames": None if ident == own else frames})
    return truth


# -- objects -------------------------------------------------------------------------------------


class Plain:
    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


class Sparse(Plain):
    pass


class Slotted:
    __slots__ = ("a", "b", "__weakref__")


class MoreSlotted(Slotted):
    __slots__ = ("c",)


class WithDict(Plain, MoreSlotted):
    pass


class LikeList(list):
    pass


class LikeSet(set):
    pass


class LikeDeque(collections.deque):
    pass


class LikeReference(weakref.ref):
    pass


class LikeInt(int):
    pass


class LikeTuple(tuple):
    pass


class LikeDict(dict):
    pass


class LikeError(Exception):
    pass


def make_attributes():
    """(object, name) pairs."""
    plain = Plain(a=1.5, b="two")
    looked_at = Plain(a=1.5, b="two")
    vars(looked_at)
    changed = Plain(a=1.5, b="two")
    vars(changed)["c"] = "three"
    replaced = Plain(a=1.5)
    replaced.__dict__ = {"a": 2.5, 1: 2}
    deleted = Plain(a=1.5, b="two")
    del deleted.a
    many = Plain(**{"attribute_%d" % index: index for index in range(100)})
    later = Plain(a=1.5)
    Plain(a=1, new_one=2)
    number = LikeInt(2**70)
    number.a = "of an int"
    negative = LikeInt(-(2**40))
    negative.a = "of a negative int"
    several = LikeTuple((1, 2, 3))
    several.a = "of a tuple"
    mapping = LikeDict(b=1)
    mapping.a = "of a dict"
    error = LikeError("text")
    error.a = "of an error"
    slotted = Slotted()
    slotted.a = 1
    return [
        *((each, name) for each in (plain, looked_at, changed, deleted, later) for name in ("a", "b", "c", "new_one", "\x7f")),
        *((each, "a") for each in (replaced, number, negative, several, mapping, error, slotted, Plain(), object(), 3, None)),
        (many, "attribute_0"),
        (many, "attribute_99"),
        (many, "attribute_100"),
        (functools.partial(print), "a"),
    ]


def make_slots():
    """(object, name, value) triples; None: nothing there."""
    slotted, more, both = Slotted(), MoreSlotted(), WithDict(d=4.5)
    slotted.a, more.a, more.c, both.b, both.c = "in a slot", [1], {2}, (3,), "last"
    hidden = WithDict(a="put into the slot")
    return [
        *((each, name, getattr(each, name, None)) for each in (slotted, more, both, hidden) for name in ("a", "b", "c")),
        *((each, "d", None) for each in (slotted, both, Plain(d=1), 3, None, Slotted)),
    ]


def make_members():
    """(object, its members): what has no order is told in ascending order of addresses."""
    words = ["word %d" % index for index in range(1000)]
    shrunk = set(words)
    shrunk.difference_update(words[100:])
    replaced = set(words[:50])
    for word in words[:50]:
        replaced.remove(word)
        replaced.add(word + "!")
    weak_set = weakref.WeakSet()
    members = [Slotted() for _ in range(30)]
    weak_set.update(members)
    del members[::3]
    pushed = collections.deque(words[:200])
    for word in words[200:400]:
        pushed.append(word)
        pushed.popleft()
    pushed.rotate(77)
    left = collections.deque()
    left.extendleft(words[:130])
    kept = {
        "lists": [[], words, LikeList(words[:3]), [None, [], ""]],
        "tuples": [(), tuple(words), LikeTuple((1, 2)), (None, (), "")],
        "sets": [set(), set(words), {1}, frozenset(words[:7]), shrunk, replaced, LikeSet(words[:9]), set(range(70)), frozenset()],
        "deques": [collections.deque(), collections.deque(words), pushed, left, LikeDeque(words[:65]), collections.deque(words, 64), collections.deque([None])],
    }
    truth = {kind: [[id(each), [id(item) for item in (sorted(each, key=id) if kind == "sets" else each)]] for each in all_of] for kind, all_of in kept.items()}
    nothing = ["", 1, {}, None, {1: 2}.keys(), iter([])]
    for kind in truth:
        others = [*nothing, *(each for other, all_of in kept.items() if other != kind for each in all_of)]
        truth[kind] += [[id(each), None] for each in others]
    truth["weakSets"] = [[id(weak_set), sorted(map(id, members))], [id(kept["sets"][0]), None]]
    alive, dead = LikeReference(members[0]), weakref.ref(Slotted())
    references = [weakref.ref(members[1]), alive, dead]
    truth["weakReferences"] = [[id(each), 0 if each() is None else id(each())] for each in references] + [[id(each), None] for each in [*nothing, weak_set]]
    return truth, [kept, nothing, weak_set, members, references]


class LikeFloat(float):
    pass


def make_dicts(biggest):
    deleted = {index: str(index) for index in range(20)}
    for index in range(0, 20, 3):
        del deleted[index]
    popped = {"a": 1, "b": 2, "c": 3}
    popped.pop("b")
    mixed = {"a": 1, 2: 3, (4, 5): 6, None: 7}
    split = Sparse(a=1, b=2)
    first_only = Sparse(a=1)
    return [
        {},
        {"a": 1, "b": 2},
        popped,
        mixed,
        deleted,
        {str(index): index for index in range(300)},
        LikeDict(a=1),
        collections.defaultdict(list, {"a": []}),
        vars(split),
        vars(first_only),
        dict.fromkeys(range(biggest)),
    ]


# -- what awaits ---------------------------------------------------------------------------------


@types.coroutine
def pause():
    yield


class Waits:
    def __init__(self, awaitable):
        self.awaitable = awaitable

    def __await__(self):
        yield from self.awaitable.__await__() if self.awaitable else [1]
        yield


async def numbers():
    await pause()
    yield 1


async def loops(argument, captured):
    async for local in numbers():
        lambda: [captured, local]


async def awaits(awaitable):
    return 1, await awaitable, [awaitable]


def frame_of(thing):
    """Its frame, and what it awaits."""
    for prefix, awaited in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
        if hasattr(thing, prefix + "_frame"):
            return getattr(thing, prefix + "_frame"), getattr(thing, awaited)
    return None, None


def chain_truth(root, state):
    frames, end, thing = [], 0, root if state != "finished" else None
    while thing is not None:
        frame, awaited = frame_of(thing)
        if frame:
            frames.append([id(frame.f_code), frame.f_lineno])
            end = id(frame.f_locals["self"]) if awaited is None and frame.f_code.co_name == "__await__" else 0
            thing = awaited
        else:
            end = id(thing)
            thing = next((each for each in gc.get_referents(thing) if frame_of(each)[0]), None)
    return [id(root), state, frames, end]


def variables_truth(frame, names):
    # From 3.11 on the frame object points to the frame (Include/internal/pycore_frame.h).
    pointer = ctypes.c_void_p.from_address(id(frame) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p))
    address = pointer.value if sys.version_info >= (3, 11) else id(frame)
    values = frame.f_locals
    return [[address, id(frame.f_code), name, id(values[name]) if name in values else None] for name in names]


def make_chains():
    future = Waits(None)
    suspended = [loops(object(), object()), awaits(awaits(pause())), awaits(Waits(awaits(pause()))), awaits(future), awaits(Waits(None)), pause()]
    for each in suspended:
        each.send(None)
    suspended[4].send(None)
    not_begun, ended = awaits(1), pause()
    ended.close()
    states = [*((each, "suspended") for each in suspended), (not_begun, "created"), (ended, "finished")]
    truth = {"chains": [chain_truth(*each) for each in states]}
    truth["variables"] = variables_truth(suspended[0].cr_frame, ["argument", "captured", "local", "none"]) + variables_truth(not_begun.cr_frame, ["awaitable"])
    return truth, states


def make_objects(biggest):
    texts = ["", "a", "ascii", "latin \xe9", "\x00\x80\xff", "bmp \u65e5\u672c", "astral \U0001f600 \U0010ffff", "\ud800 alone \udfff", "x" * 5000, "\u65e5" * 3000, "\U0001f600" * 100]
    texts = [each + "" if each == "" else "".join(list(each)) for each in texts]
    strings = [*texts, *map(Title, texts)]
    integers = [0, 1, -1, 255, 2**30 - 1, 2**30, -(2**30), 2**47 - 1, 2**53 - 1, -(2**53) + 1, 2**53, 2**60 - 1, 2**60, -(2**90), 2**20000, True, False, LikeInt(77), LikeInt(0)]
    blobs = [b"", b"a", bytes(range(256)), b"z" * 3000]
    others = [None, 1.5, object(), [], (), {}, set(), Plain(), Plain, make_objects, make_objects.__code__, sys, iter(()), collections.deque()]
    attributes = make_attributes()
    dicts = make_dicts(biggest)
    codes = [function.__code__ for function in (make_objects, stand_still, frame_truth, json.dumps, Tree.descend, threading.Thread.start)]
    slots = make_slots()
    members, kept_members = make_members()
    chains, kept_chains = make_chains()
    floats = [0.0, -1.5, 3.25e300, 5e-324, LikeFloat(2.5)]
    keep = [strings, integers, blobs, others, attributes, dicts, codes, slots, kept_members, kept_chains, floats]
    no_str = [each for each in [*integers, *blobs, *others]]
    truth = {
        "strings": [*([id(each), str(each)] for each in strings), *([id(each), None] for each in no_str)],
        "integers": [*([id(each), int(each) if abs(each) < 2**53 else None] for each in integers), *([id(each), None] for each in [*strings, *others])],
        "bytes": [*([id(each), each.hex()] for each in blobs), *([id(each), None] for each in [*strings, *integers, *others])],
        "typeNames": [[id(each), ctypes_type_name(each)] for each in [*others, *strings, *integers]],
        "dicts": [*([id(each), [[id(key), id(value)] for key, value in each.items()]] for each in dicts), *([id(each), None] for each in [*strings, *integers, *blobs, Plain(), []])],
        "attributes": [[id(each), name, attribute_address(each, name)] for each, name in attributes],
        "codes": [[id(each), getattr(each, "co_qualname", each.co_name), each.co_filename, each.co_firstlineno, len(each.co_code) if sys.version_info >= (3, 11) else 0] for each in codes],
        "slots": [[id(each), name, None if value is None else id(value)] for each, name, value in slots],
        "floats": [*([id(each), float(each)] for each in floats), *([id(each), None] for each in [*strings, *integers, None, object()])],
        **members,
        **chains,
    }
    return truth, keep


def ctypes_type_name(each):
    """tp_name: `__name__`, with the module before it for types that are made in C."""
    kind = type(each)
    return kind.__name__ if kind.__module__ in ("builtins", __name__) else kind.__module__ + "." + kind.__name__


def attribute_address(each, name):
    if isinstance(getattr(type(each), "__dict__", {}).get("__slots__"), tuple):
        return None
    # Not through `__dict__`: that would make the dict.
    value = getattr(each, name, gate)
    return None if value is gate else id(value)


def report(biggest):
    objects, keep = make_objects(biggest)
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    truth = {"version": sys.version.split()[0], "hexVersion": sys.hexversion, "wordSize": ctypes.sizeof(ctypes.c_void_p)}
    truth.update({"runtime": runtime, "threads": threads_truth(), "objects": objects})
    print(json.dumps(truth, separators=(",", ":")), flush=True)
    sys.stdin.read()
    gate.release()
    del keep
    _thread.interrupt_main()
    import os

    os._exit(0)


def main():
    biggest = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    start_all()

    def report_when_all_stand():
        # All threads of `expected_names` but this one; the moment between the mark and the lock is over long before the sleep is.
        while threading.get_ident() not in expected_names or len(arrived) < len(expected_names) - 1:
            time.sleep(0.01)
        time.sleep(0.3)
        report(biggest)

    start("reporter", report_when_all_stand)
    Tree().descend(300)


main()
