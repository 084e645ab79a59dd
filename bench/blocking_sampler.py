"""CPython 3.15's own sampler, stopping the program for each sample, at whole intervals that it does not make up for when it was stopped itself.

    python3.15 blocking_sampler.py PID INTERVAL_SECONDS

Its own loop would make up for them. Rests on SIGUSR1, goes on on SIGUSR2: SIGSTOP could come while the program is stopped. Ends on SIGTERM with
the number of samples.
"""

import signal
import sys
import time

from profiling.sampling.sample import SampleProfiler


class Ended(Exception):
    pass


is_resting = False


def end(number, frame):
    raise Ended


def rest(number, frame):
    global is_resting
    is_resting = number == signal.SIGUSR1


pid, interval = int(sys.argv[1]), float(sys.argv[2])
profiler = SampleProfiler(pid, int(interval * 1e6), False, blocking=True)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGUSR1, rest)
signal.signal(signal.SIGUSR2, rest)
samples = 0
due = time.perf_counter()
try:
    while True:
        if is_resting:
            time.sleep(0.0005)
            continue
        now = time.perf_counter()
        if now < due:
            time.sleep(due - now)
            continue
        due += interval * (1 + int((now - due) / interval))
        try:
            profiler._get_stack_trace()
            samples += 1
        except (RuntimeError, UnicodeDecodeError, MemoryError, OSError):
            pass
except Ended:
    print("SAMPLES", samples, flush=True)
