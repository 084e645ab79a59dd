"""argv[1] threads (default 20) wait in wait_here(), named "worker-0" and so on; every fourth name is not ASCII.

A line "rename N TEXT" on stdin renames thread N and is answered with RENAMED; "end N" ends it and is answered with
ENDED. READY carries the native ids in the order of their numbers (JSON).
"""

import json
import sys
import threading

from ready import ready, say

# The three widths in which CPython stores strings that are not ASCII: one, two and four bytes a character.
NAMES = ["worker-{}", "tr\u00e4ger-{}", "\u30b8\u30e7\u30d6-{}", "\U0001f40d-{}"]


def wait_here(gate):
    gate.acquire()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    gates = [threading.Lock() for _ in range(count)]
    threads = []
    for number, gate in enumerate(gates):
        gate.acquire()
        name = NAMES[number // 4 % 4 if number % 4 == 3 else 0].format(number)
        threads.append(threading.Thread(target=wait_here, args=(gate,), name=name, daemon=True))
    for thread in threads:
        thread.start()
    ready(json.dumps([thread.native_id for thread in threads]))
    for line in sys.stdin:
        verb, number, *rest = line.split(None, 2)
        if verb == "rename":
            threads[int(number)].name = rest[0].strip()
            say("RENAMED")
        else:
            gates[int(number)].release()
            threads[int(number)].join()
            say("ENDED")


main()
