"""Threads in states of every kind. argv[1] says which scene.

hold: main computes in hold_gil(), C code that never lets go of the GIL; "wanter" wants it in want_gil(); "sleeper"
sleeps in sleep_long().
collect: "collector" collects garbage without end in collect(); main sleeps in sleep_long().
compete: "first" and "second" compute in compete(), so that one always waits for the other's GIL.
"""

import gc
import sys
import threading
import time
from itertools import repeat

from ready import ready


def sleep_long():
    time.sleep(1000)


def want_gil():
    while True:
        pass


def hold_gil():
    sum(repeat(1))


def collect():
    while kept:
        gc.collect()


def compete():
    total = 0
    while True:
        total += 1


def start(name, function):
    threading.Thread(target=function, name=name, daemon=True).start()


scene = sys.argv[1]
if scene == "hold":
    start("sleeper", sleep_long)
    start("wanter", want_gil)
    time.sleep(0.05)
    ready()
    hold_gil()
if scene == "collect":
    kept = [[number] for number in range(1000000)]
    start("collector", collect)
if scene == "compete":
    start("first", compete)
    start("second", compete)
ready()
sleep_long()
