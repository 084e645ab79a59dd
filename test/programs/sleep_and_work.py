"""Sleeps in sleeping() for half of its wall time and computes in working() for the other half, for argv[1] seconds.

At the end: TRUTH, the wall seconds in each, the CPU seconds of the thread, and those of them in sleeping(): going to sleep
and waking up cost some.
"""

import json
import sys
import time

from ready import ready, say


def sleeping(seconds):
    time.sleep(seconds)


def working(seconds):
    now = time.perf_counter
    end = now() + seconds
    while now() < end:
        pass


def main():
    duration = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")
    spent = {"sleeping": 0.0, "working": 0.0, "cpu asleep": 0.0}
    ready()
    start = after = time.perf_counter()
    cpu = time.thread_time()
    while after - start < duration:
        # Sleep takes longer than asked for; the work makes up for it.
        behind = spent["sleeping"] - spent["working"]
        before = time.perf_counter()
        if behind > 0:
            working(behind)
            name = "working"
        else:
            awake = time.thread_time()
            sleeping(0.0093)
            spent["cpu asleep"] += time.thread_time() - awake
            name = "sleeping"
        after = time.perf_counter()
        spent[name] += after - before
    spent["cpu"] = time.thread_time() - cpu
    say("TRUTH " + json.dumps(spent))


main()
