"""CPython 3.15's own sampler, stopping the program for each sample, at whole intervals that it does not make up for when it rested.

    python3.15 blocking_sampler.py PID INTERVAL_SECONDS SWITCH

Its own loop would make up for them. While the file SWITCH says "0" it rests. No signals: one that comes while it waits for the program to stop
leaves the program stopped.
"""

import mmap
import os
import sys
import time

from profiling.sampling.sample import SampleProfiler

pid, interval = int(sys.argv[1]), float(sys.argv[2])
switch = mmap.mmap(os.open(sys.argv[3], os.O_RDONLY), 1, prot=mmap.PROT_READ)
profiler = SampleProfiler(pid, int(interval * 1e6), False, blocking=True)
due = time.perf_counter()
while True:
    if switch[0] == ord("0"):
        time.sleep(0.0005)
        continue
    now = time.perf_counter()
    if now < due:
        time.sleep(due - now)
        continue
    due += interval * (1 + int((now - due) / interval))
    try:
        profiler._get_stack_trace()
    except (RuntimeError, UnicodeDecodeError, MemoryError, OSError):
        pass
