"""What every program does when its scene is set. Imported by the programs of this folder; runs on 3.8 and later."""

import signal
import sys

LONGEST_LIFE_SECONDS = 180


def ready(text=""):
    """Says so on stdout. From any program that stays, so that it does not stay for ever."""
    limit_life()
    say("READY " + text if text else "READY")


def limit_life():
    """A program that its test forgot, or that outlived a crashed test, is ended by SIGALRM. For the main thread."""
    signal.alarm(LONGEST_LIFE_SECONDS)


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
