"""One thread computes ("cruncher"), one waits for something that never comes ("waiter"), for argv[1] seconds.

The main thread waits for the cruncher. At the end: TRUTH, the CPU seconds of each.
"""

import json
import sys
import threading
import time

from ready import ready, say

never = threading.Lock()
never.acquire()
cpu_seconds = {}


def wait_for_never():
    never.acquire()


def crunch(seconds):
    end = time.perf_counter() + seconds
    total = 0
    while time.perf_counter() < end:
        total += crunch_some(1000)
    cpu_seconds["cruncher"] = time.thread_time()


def crunch_some(count):
    total = 0
    for number in range(count):
        total += number * number
    return total


def main():
    duration = float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    threading.Thread(target=wait_for_never, name="waiter", daemon=True).start()
    cruncher = threading.Thread(target=crunch, args=(duration,), name="cruncher")
    cruncher.start()
    ready()
    cruncher.join()
    cpu_seconds["main"] = time.thread_time()
    say("TRUTH " + json.dumps(cpu_seconds))


main()
