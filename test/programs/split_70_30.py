"""Spends 70 % of its CPU time in seventy() and 30 % in thirty(), for argv[1] seconds (default: until it is ended).

The slices have random lengths, so that no sampling interval resonates with them. Whichever function is behind its
share runs next, so that preemption by other programs cannot move the split. At the end: TRUTH, the shares of the time
in the two, and the CPU seconds of the process ("cpu") since its start.
"""

import json
import random
import sys
import time

from ready import ready, say


def seventy(seconds):
    now = time.perf_counter
    end = now() + seconds
    while now() < end:
        pass


def thirty(seconds):
    now = time.perf_counter
    end = now() + seconds
    while now() < end:
        pass


def main():
    duration = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")
    chance = random.Random(70)
    spent = {seventy: 0.0, thirty: 0.0}
    share = {seventy: 0.7, thirty: 0.3}
    ready()
    start = after = time.perf_counter()
    while after - start < duration:
        work = min(spent, key=lambda work: spent[work] / share[work])
        before = time.perf_counter()
        work(chance.uniform(0.002, 0.006) * share[work])
        after = time.perf_counter()
        spent[work] += after - before
    total = sum(spent.values())
    truth = {work.__name__: seconds / total for work, seconds in spent.items()}
    say("TRUTH " + json.dumps(dict(truth, cpu=time.process_time())))


main()
