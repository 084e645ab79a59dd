"""Counts SIGINTs and SIGTERMs in count(), and says each (SIGINT 1, SIGINT 2 ...). A line on stdin ends it, with exit code 3."""

import signal
import sys

from ready import ready, say

seen = {}


def count(number, frame):
    name = signal.Signals(number).name
    seen[name] = seen.get(name, 0) + 1
    say("{} {}".format(name, seen[name]))


def wait_for_line():
    sys.stdin.readline()


signal.signal(signal.SIGINT, count)
signal.signal(signal.SIGTERM, count)
ready()
wait_for_line()
sys.exit(3)
