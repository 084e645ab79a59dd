"""Runs a command in a terminal of its own, closes that after some seconds, and prints how the command ended: its exit code, or minus its signal.

    close_terminal.py SECONDS COMMAND [ARGUMENT ...]
"""

import os
import pty
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    time.sleep(0.1)
os.close(terminal)
status = os.waitpid(pid, 0)[1]
print(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
