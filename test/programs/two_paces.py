"""Works for 0.3 s, then sleeps for 0.2 s, in a thread with a name that is not Latin and in the main one, at the same time; prints "done"."""

import threading
import time


def work():
    end = time.perf_counter() + 0.3
    while time.perf_counter() < end:
        sum(number * number for number in range(100))


def rest():
    time.sleep(0.2)


def both():
    work()
    rest()


worker = threading.Thread(target=both, name="работник")
worker.start()
both()
worker.join()
print("done", flush=True)
