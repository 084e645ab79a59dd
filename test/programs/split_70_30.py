"""Spends 70 % of its CPU time in seventy() and 30 % in thirty(), for argv[1] seconds (default: until it is ended).

The slices have random lengths, so that no sampling interval resonates with them. Whichever function is behind its
share runs next, so that preemption by other programs cannot move the split. At the end: TRUTH and the shares.
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
    start = before = time.perf_counter()
    while before - start < duration:
        work = min(spent, key=lambda work: spent[work] / share[work])
        work(chance.uniform(0.002, 0.006) * share[work])
        after = time.perf_counter()
        spent[work] += after - before
        before = after
    total = sum(spent.values())
    say("TRUTH " + json.dumps({work.__name__: seconds / total for work, seconds in spent.items()}))


main()
