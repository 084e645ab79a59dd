"""Calls fast and counts every arrival of the first real-time signal, which queues up. A second without one ends it: COUNTED and how many.

The interpreter's own handler may run once for many; the bytes that it writes to a pipe for each are exact.
"""

import os
import signal
import time

from ready import ready, say


def fast(depth):
    return depth if depth == 0 else fast(depth - 1)


reader, writer = os.pipe()
os.set_blocking(reader, False)
os.set_blocking(writer, False)
signal.signal(signal.SIGRTMIN, lambda number, frame: None)
signal.set_wakeup_fd(writer)
ready(str(int(signal.SIGRTMIN)))
count = 0
last = time.monotonic() + 20
while time.monotonic() < last + 1:
    for _ in range(20):
        fast(20)
    try:
        count += os.read(reader, 65536).count(bytes([signal.SIGRTMIN]))
        last = time.monotonic()
    except BlockingIOError:
        pass
say("COUNTED {}".format(count))
