"""Calls fast while other threads are born and end, and start programs. After a second another thread executes the program anew in the place of
all, argv[1] times. Ends with DONE, and 7."""

import os
import subprocess
import sys
import threading
import time

from ready import ready, say


def fast(depth):
    return depth if depth == 0 else fast(depth - 1)


def restless():
    while time.monotonic() < end:
        threading.Thread(target=fast, args=(20,)).start()
        # close_fds=False: by vfork, where there is one
        subprocess.run(["true"], close_fds=False, check=True)
    if lives > 0:
        os.execv(sys.executable, [sys.executable, __file__, str(lives - 1)])


lives = int(sys.argv[1])
end = time.monotonic() + 1
ready()
thread = threading.Thread(target=restless)
thread.start()
while thread.is_alive():
    fast(20)
say("DONE")
sys.exit(7)
