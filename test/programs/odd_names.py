"""Works in functions, files and threads whose names are attacks: on a terminal, a page, a file of lines, a small memory."""

import sys
import threading
import time

from ready import ready

NAMES = [
    "esc\x1b[31m\x1b]0;title\x07",
    "c1\x9b31m\x90",
    "bidi\u202e\u2066txt",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "line\nbreak\r\n\x0b\x0c\u2028\x85end",
    "semi;colon (file:1) 12",
    "nul\x00nul",
    "surrogate\udcff\ud800",
    "' \" ` ${x} $(x) %s %(pid)",
    "__proto__",
    "constructor",
    "long" * 250_000,
    "\U0001f40d" * 1000,
    "",
    " ",
]


def work():
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end:
        pass


def dressed(function, name):
    """The same function by another name in another file."""
    changes = {"co_name": name, "co_filename": "/" + name}
    if hasattr(function.__code__, "co_qualname"):
        changes["co_qualname"] = name
    return type(function)(function.__code__.replace(**changes), function.__globals__)


def call(work):
    work()
    work()


functions = [dressed(work, name) for name in NAMES]
ready()
for round in range(int(sys.argv[1])):
    for name, function in zip(NAMES, functions):
        threading.current_thread().name = name
        call(function)
