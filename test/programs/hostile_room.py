"""Sleeps in four threads, six calls deep, and has room for argv[1] MiB of lies, which somebody else writes into its memory.

READY is followed by the room's address. Nothing in it runs again, so that whatever is written does not trouble it.
"""

import ctypes
import mmap
import sys
import threading
import time

from ready import ready


def dive(depth):
    if depth == 0:
        time.sleep(1000)
    else:
        dive(depth - 1)


room = mmap.mmap(-1, int(sys.argv[1]) << 20)
for number in range(3):
    threading.Thread(target=dive, args=(5,), name="diver %d" % number, daemon=True).start()
ready(str(ctypes.addressof(ctypes.c_char.from_buffer(room))))
dive(5)
