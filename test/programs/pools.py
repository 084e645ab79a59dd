"""Starts argv[2] processes (default 2) by multiprocessing's method argv[1]; each computes in child_work() for argv[3] seconds."""

import multiprocessing
import sys
import time

from ready import ready


def child_work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def parent_join(children):
    for child in children:
        child.join()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0.7
    children = [context.Process(target=child_work, args=(seconds,)) for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 2)]
    for child in children:
        child.start()
    ready()
    parent_join(children)
