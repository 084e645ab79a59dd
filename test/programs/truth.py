"""Threads in all kinds of functions, parked at a barrier, and what CPython itself says about their stacks.

READY carries JSON: {"threads": [{"ident", "native_id", "name", "frames": [{"name", "file", "line", "endLine",
"column", "endColumn"}]}]}. Frames are root first; names are qualified from 3.11 on; lines and columns are 1-based,
columns count UTF-8 bytes, endColumn is one past the last, and positions other than the line are 0 where CPython does
not tell (always before 3.11). The thread that prints ("reporter") is left out: it parks only afterwards.
"""

import json
import sys
import threading
import time
from functools import partial

from ready import limit_life, say

gate = threading.Lock()
gate.acquire()
parked = []


def park():
    parked.append(threading.get_ident())
    gate.acquire()


class Outer:
    class Inner:
        def method(self):
            self.static()

        @staticmethod
        def static():
            park()

    @property
    def attribute(self):
        return Outer.Inner().method()


def nested():
    def closure(argument):
        return (lambda: park())()

    return closure(1)


def comprehension():
    return [park() for _ in range(1)]


def generator_chain():
    def inner():
        yield 1
        park()
        yield 2

    def outer():
        yield from inner()

    return list(outer())


def coroutine_chain():
    async def inner():
        park()

    async def outer():
        await inner()

    try:
        outer().send(None)
    except StopIteration:
        pass


def through_c():
    # Frames of Python code with C code between them.
    return sorted([2, 1], key=partial(lambda _, value: park(), None))


def several_lines():
    return (
        len("not here")
        + (
            park()
            or 1
        )
    )


def with_umlauts_größe():
    return "größe", park()


def deep(left):
    if left:
        deep(left - 1)
    else:
        park()


def code_made_at_run_time():
    # Far apart lines, a file that does not exist, and names in all widths of CPython's strings.
    source = "\n" * 70000 + "def 函数():\n" + "\n" * 300 + "    park()\n" + "函数()\n"
    exec(compile(source, "<generated \U0001f40d>", "exec"), {"park": park})


def long_name():
    name = "f" * 5000
    scope = {"park": park}
    exec("def {}():\n    park()\n".format(name), scope)
    scope[name]()


def raising():
    try:
        raise ValueError("handled while parked")
    except ValueError:
        park()
    finally:
        pass


def in_with_block():
    with threading.Lock():
        for _ in range(2):
            if _ == 1:
                park()


SCENES = {
    "property": lambda: Outer().attribute,
    "nested": nested,
    "comprehension": comprehension,
    "generators": generator_chain,
    "coroutines": coroutine_chain,
    "through C": through_c,
    "several lines": several_lines,
    "größe": with_umlauts_größe,
    "深い": partial(deep, 200),
    "\U0001f40d": code_made_at_run_time,
    "long name": long_name,
    "raising": raising,
    "with": in_with_block,
}


def describe(frame):
    code = frame.f_code
    end_line = column = end_column = None
    if hasattr(code, "co_positions"):
        _, end_line, column, end_column = list(code.co_positions())[frame.f_lasti // 2]
    return {
        "name": getattr(code, "co_qualname", code.co_name),
        "file": code.co_filename,
        "line": frame.f_lineno,
        "endLine": end_line or 0,
        "column": 0 if column is None else column + 1,
        "endColumn": 0 if end_column is None else end_column + 1,
    }


def stacks():
    found = {}
    for ident, frame in sys._current_frames().items():
        frames = []
        while frame is not None:
            frames.append(describe(frame))
            frame = frame.f_back
        found[ident] = frames[::-1]
    return found


def report(threads):
    while len(parked) < len(threads):
        time.sleep(0.001)
    # Parked is said one line before it is so.
    before, now = None, stacks()
    while before != now:
        time.sleep(0.05)
        before, now = now, stacks()
        now.pop(threading.get_ident())
    say("READY " + json.dumps({"threads": [
        {"ident": thread.ident, "native_id": thread.native_id, "name": thread.name, "frames": now[thread.ident]} for thread in threads
    ]}))
    gate.acquire()


def main():
    limit_life()
    threading.stack_size(64 << 20)
    threads = [threading.main_thread()]
    for name, scene in SCENES.items():
        thread = threading.Thread(target=scene, name=name, daemon=True)
        thread.start()
        threads.append(thread)
    threading.Thread(target=report, args=(threads,), name="reporter", daemon=True).start()
    park()


main()
