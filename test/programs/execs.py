"""Computes in before_exec() for argv[1] milliseconds (default 300), then executes argv[2:] in its own place.

Without argv[2:] it executes itself: the same interpreter, which computes in after_exec() until it is ended.
"""

import os
import sys
import time

from ready import ready, say


def before_exec(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def after_exec():
    while True:
        pass


if sys.argv[1:] == ["again"]:
    say("AGAIN")
    after_exec()
ready()
before_exec(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.3)
command = sys.argv[2:] or [sys.executable, os.path.abspath(__file__), "again"]
os.execvp(command[0], command)
