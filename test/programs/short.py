"""Computes in brief() for argv[1] milliseconds (default 100), then ends with exit code argv[2] (default 0)."""

import sys
import time

from ready import ready


def brief(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


ready()
brief(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.1)
sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
