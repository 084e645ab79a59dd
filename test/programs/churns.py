"""What argv[1] names, over and over: threads, forks, files, execs, names. At the end of argv[2] seconds: DONE and how often."""

import os
import sys
import threading
import time

from ready import limit_life, ready, say


def threads():
    threading.Thread(target=threading.get_ident).start()


def forks():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def files():
    for number in [os.open("/dev/null", os.O_RDONLY) for _ in range(100)]:
        os.close(number)


def execs():
    if count == 20:
        os.environ["ROUND"] = str(int(os.environ.get("ROUND", "0")) + 1)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def names():
    threading.current_thread().name = "name %d" % count


count = 0
action = globals()[sys.argv[1]]
if action is execs and "ROUND" in os.environ:
    limit_life()
    began = float(os.environ["BEGAN"])
else:
    began = time.time()
    os.environ["BEGAN"] = str(began)
    ready()
while time.time() - began < float(sys.argv[2]):
    action()
    count += 1
say("DONE %d" % count)
