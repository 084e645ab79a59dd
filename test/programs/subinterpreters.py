"""Two interpreters in one process: the main one waits, a thread of it computes inside the other, in inside_other().

READY carries the id of the other interpreter.
"""

import os
import threading
import time

from ready import ready

try:
    import _interpreters as interpreters  # 3.13 and later
except ImportError:
    import _xxsubinterpreters as interpreters  # 3.8 to 3.12

CODE = """
import os, time

def inside_other():
    os.write({descriptor}, b"!")
    while True:
        spin_other()
        time.sleep(0.0005)  # 3.9 and 3.10: a thread of one interpreter cannot ask one of another for the GIL.

def spin_other():
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end:
        pass

inside_other()
"""


def host_other(identity, descriptor):
    interpreters.run_string(identity, CODE.format(descriptor=descriptor))


def main():
    arrived, signal = os.pipe()
    identity = interpreters.create()
    threading.Thread(target=host_other, args=(identity, signal), name="host", daemon=True).start()
    os.read(arrived, 1)
    ready(str(int(identity)))
    while True:
        wait_in_main()


def wait_in_main():
    time.sleep(0.05)


main()
