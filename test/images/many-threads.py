"""Starts as many threads as the argument says, named "worker <index>"; on each line of input it renames the first one to that line."""

import sys
import threading
import time

threads = [threading.Thread(target=time.sleep, args=(1e6,), name="worker %d" % index, daemon=True) for index in range(int(sys.argv[1]))]
# A thread needs less than the usual stack.
threading.stack_size(1 << 16)
for thread in threads:
    thread.start()

import ctypes

print(ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime")), sys.hexversion, flush=True)
for line in sys.stdin:
    threads[0].name = line.strip()
    print("renamed", flush=True)
