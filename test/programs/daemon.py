"""Makes a daemon in the old way: forks, leads a session, forks again; the last one computes in daemon_work() for argv[1] seconds.

The first one waits in wait_for_daemon(), for a pipe that only the daemon holds open.
"""

import os
import sys
import time


def daemon_work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def wait_for_daemon(pipe):
    os.read(pipe, 1)


def main():
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(reading)
            daemon_work(float(sys.argv[1]))
        os._exit(0)
    os.close(writing)
    os.wait()
    wait_for_daemon(reading)


main()
