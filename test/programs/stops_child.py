"""Stops and continues a child that calls fast, argv[1] times, and checks what wait says of it each time: READY and the child's id, then at
the end RIGHT, or what was wrong. A line on stdin begins it."""

import os
import signal
import sys

from ready import limit_life, ready, say


def fast(depth):
    return depth if depth == 0 else fast(depth - 1)


child = os.fork()
if child == 0:
    limit_life()
    while True:
        fast(20)


def expect(check, what):
    pid, status = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
    if pid != child or not check(status):
        say("WRONG: status {:#x} instead of {}".format(status, what))
        os.kill(child, signal.SIGKILL)
        sys.exit(1)


ready(str(child))
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    os.kill(child, signal.SIGSTOP)
    expect(lambda status: os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSTOP, "stopped")
    os.kill(child, signal.SIGCONT)
    expect(os.WIFCONTINUED, "continued")
os.kill(child, signal.SIGTERM)
expect(lambda status: os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM, "ended by SIGTERM")
say("RIGHT")
