"""fast() changes its stack every 50 ns, slow() never; they take turns of argv[1] microseconds each.

After argv[2] seconds prints TRUTH and, as JSON, the share of the time that each had on the wall clock.
"""

import json
import sys
import time

from ready import ready, say

phase = float(sys.argv[1]) * 1e-6
seconds = float(sys.argv[2])
now = time.perf_counter


def leaf():
    pass


def fast(end):
    while now() < end:
        leaf(); leaf(); leaf(); leaf(); leaf(); leaf()


def slow(end):
    while now() < end:
        pass


def main():
    spent = {"fast": 0.0, "slow": 0.0}
    start = now()
    stop = start + seconds
    while start < stop:
        fast(start + phase)
        middle = now()
        slow(middle + phase)
        end = now()
        spent["fast"] += middle - start
        spent["slow"] += end - middle
        start = end
    return spent


ready()
spent = main()
total = sum(spent.values())
say("TRUTH " + json.dumps({name: share / total for name, share in spent.items()}))
