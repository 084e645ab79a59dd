"""descend() calls itself until it is argv[1] calls deep (default 10,000), then bottom() computes.

In a thread named "diver" with a C stack that is large enough for the versions that use it for Python calls.
"""

import sys
import threading

from ready import ready, say

depth = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
arrived = threading.Event()


def descend(left):
    if left > 1:
        descend(left - 1)
    else:
        bottom()


def bottom():
    arrived.set()
    total = 0
    while True:
        total += 1


sys.setrecursionlimit(depth + 1000)
threading.stack_size(512 << 20)
diver = threading.Thread(target=descend, args=(depth,), name="diver", daemon=True)
diver.start()
arrived.wait()
ready(str(depth))
diver.join()
