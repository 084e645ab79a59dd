"""Reads Austin's text with austin-python, and prints what it understood, a line per sample."""

import json
import sys

from austin.events import AustinMetadata
from austin.format.collapsed_stack import AustinFileReader

with open(sys.argv[1], encoding="utf-8") as stream:
    for event in AustinFileReader(stream):
        if isinstance(event, AustinMetadata):
            print(json.dumps([event.name, event.value]))
        else:
            frames = [[frame.filename, frame.function, frame.line] for frame in event.frames or ()]
            print(json.dumps([event.pid, event.iid, event.thread, frames, event.metrics.time, event.idle, bool(event.gc)]))
