"""Three threads one after the other, each for argv[1] seconds: computes in bursts, and says how much CPU time it used."""

import json
import sys
import threading
import time

truth = {}


def work(name):
    end = time.perf_counter() + float(sys.argv[1])
    while time.perf_counter() < end:
        sum(range(3000))
        time.sleep(0.0003)
    truth[name] = time.thread_time_ns()


# The recording begins before the first of them.
time.sleep(0.3)
for name in ("first", "second", "third"):
    thread = threading.Thread(target=work, args=(name,), name=name)
    thread.start()
    thread.join()
print("TRUTH", json.dumps(truth), flush=True)
