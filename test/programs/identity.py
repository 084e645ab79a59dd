"""Says the ids of its two threads and how many modules are loaded, then waits. Runs on Python 2.7 too."""
import sys
import threading
import time

started = threading.Event()
done = threading.Event()


def wait():
    started.set()
    done.wait()


other = threading.Thread(target=wait)
other.daemon = True
other.start()
started.wait()
print("READY %d %d %d" % (threading.current_thread().ident, other.ident, len(sys.modules)))
sys.stdout.flush()
time.sleep(600)
