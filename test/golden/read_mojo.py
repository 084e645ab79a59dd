"""Reads MOJO with austin-python, and prints what it understood: metadata, then a line per sample."""

import json
import sys

from austin.format.mojo import MojoStreamReader

with open(sys.argv[1], "rb") as stream:
    reader = MojoStreamReader(stream)
    reader.unwind()
print(json.dumps(reader.metadata))
for sample in reader.samples:
    frames = [[frame.filename, frame.function, frame.line, frame.line_end, frame.column, frame.column_end] for frame in sample.frames or ()]
    print(json.dumps([sample.pid, sample.iid, sample.thread, frames, sample.metrics.time, sample.metrics.memory, sample.idle, bool(sample.gc)]))
