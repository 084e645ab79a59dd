"""Forks argv[1] children (default 2) that compute in child_work(); the parent waits in parent_wait().

READY carries the pids of the children (JSON). They end when their parent has ended.
"""

import json
import os
import sys
import time

from ready import ready


def child_work(parent):
    while os.getppid() == parent:
        spin()


def spin():
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end:
        pass


def parent_wait():
    time.sleep(0.05)


def main():
    parent = os.getpid()
    children = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 2):
        pid = os.fork()
        if pid == 0:
            child_work(parent)
            os._exit(0)
        children.append(pid)
    ready(json.dumps(children))
    while True:
        parent_wait()


main()
