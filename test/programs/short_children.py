"""Has argv[1] children (default 200), argv[2] at a time (default 4): forks that compute in child_work() for 60 ms.

READY at the start; at the end, how many of them there were.
"""

import os
import sys
import time

from ready import ready, say


def child_work():
    end = time.perf_counter() + 0.06
    while time.perf_counter() < end:
        pass


def wait_for_one():
    os.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    ready()
    for number in range(count):
        if number >= width:
            wait_for_one()
        if os.fork() == 0:
            child_work()
            os._exit(0)
    for _ in range(min(width, count)):
        wait_for_one()
    say(str(count))


main()
