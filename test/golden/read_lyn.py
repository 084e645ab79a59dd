"""Reads a .lyn as docs/recording-format.md describes it, and prints samples and times per thread and newest function.

Shares nothing with the other reader: when both agree, the page is right.
"""

import json
import struct
import sys
import zlib


class Bytes:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def more(self):
        return self.at < len(self.data)

    def take(self, length):
        part = self.data[self.at : self.at + length]
        if len(part) != length:
            raise ValueError("cut")
        self.at += length
        return part

    def varint(self):
        value = shift = 0
        while True:
            (byte,) = self.take(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed_varint(self):
        (byte,) = self.take(1)
        value = byte & 63
        if byte >= 128:
            value |= self.varint() << 6
        return -value if byte & 64 else value


def records(data):
    if data[:8] != b"\x89LYN\r\n\x1a\n":
        raise ValueError("not a recording")
    (version,) = struct.unpack_from("<I", data, 8)
    if version not in (1, 2):
        raise ValueError("version %d" % version)
    at = 12
    while at + 16 <= len(data):
        kind, stored_length, raw_length, crc = struct.unpack_from("<4sIII", data, at)
        stored = data[at + 16 : at + 16 + stored_length]
        if len(stored) != stored_length or zlib.crc32(data[at : at + 12] + stored) != crc:
            return
        inflater = zlib.decompressobj(-15)
        raw = inflater.decompress(stored, raw_length)
        if len(raw) != raw_length:
            raise ValueError("raw length")
        yield kind, raw
        at += 16 + stored_length


def column_values(encoding, data, count):
    values = []
    value = 0
    data = Bytes(data)
    while len(values) < count:
        difference = data.signed_varint()
        value += difference
        values.append(value)
        if encoding == 2 and difference == 0:
            values.extend([value] * data.varint())
    if len(values) != count:
        raise ValueError("rows")
    return values


def table(section):
    data = Bytes(section)
    count = data.varint()
    columns = {}
    while data.more():
        number, encoding, length = data.varint(), data.varint(), data.varint()
        columns[number] = (encoding, data.take(length))
    return count, columns


class Recording:
    def __init__(self):
        self.restart()
        self.totals = {}
        self.end = None
        # Threads keep their names over a restart by what tells them apart.
        self.names = {}
        self.task_names = {}
        self.waited = {}
        # By thread: what is told as waits less what samples say is told so. 0 in the end.
        self.shared = {}

    def restart(self):
        self.processes, self.threads, self.strings = [], [], []
        self.functions, self.frames, self.stacks, self.tasks = [], [], [], []

    def block(self, data):
        sections = {}
        while data.more():
            number, length = data.varint(), data.varint()
            sections[number] = data.take(length)
        rows = json.loads(sections[1]) if 1 in sections else {}
        if rows.get("restartsTables"):
            self.restart()
        self.processes += rows.get("processes", [])
        for thread in rows.get("threads", []):
            process = self.processes[thread["process"]]
            key = (process["pid"], process["startTime"], thread["tid"], thread["interpreter"], thread["startTime"])
            self.threads.append(key)
            self.names[key] = thread["name"] or self.names.get(key, "")
        for rename in rows.get("renames", []):
            self.names[self.threads[rename["thread"]]] = rename["name"]
        for task in rows.get("tasks", []):
            key = (self.threads[task["thread"]], task["kind"], task["address"], task["startTime"])
            self.tasks.append(key)
            self.task_names[key] = task["name"]
        for rename in rows.get("taskRenames", []):
            self.task_names[self.tasks[rename["task"]]] = rename["name"]
        self.end = rows.get("end") or self.end
        if 2 in sections:
            count, columns = table(sections[2])
            text = Bytes(columns[2][1])
            for length in column_values(*columns[1], count):
                self.strings.append(text.take(length).decode("utf-8", "surrogatepass"))
        for number, rows_of, width in ((3, self.functions, 4), (4, self.frames, 5), (5, self.stacks, 2)):
            if number in sections:
                count, columns = table(sections[number])
                rows_of += zip(*(column_values(*columns[column], count) for column in range(1, width + 1)))
        if 6 in sections:
            self.samples(*table(sections[6]))
        if 7 in sections:
            self.waits(*table(sections[7]))

    def samples(self, count, columns):
        time, thread, stack, wall, cpu, state, known = (column_values(*columns[column], count) for column in range(1, 8))
        for row in range(count):
            total = self.totals.setdefault((self.threads[thread[row]], self.newest(stack[row])), [0, 0, 0])
            total[0] += 1
            total[1] += wall[row]
            total[2] += cpu[row]
        if 9 in columns:
            for row, shared in enumerate(column_values(*columns[9], count)):
                self.share(self.threads[thread[row]], -shared)

    def newest(self, stack):
        if stack == -1:
            return None
        return self.strings[self.functions[self.frames[self.stacks[stack][1]][0]][0]]

    def share(self, thread, wall):
        self.shared[thread] = self.shared.get(thread, 0) + wall

    def waits(self, count, columns):
        start, end, thread, task, stack, wall, whole, samples, known, what = (column_values(*columns[column], count) for column in range(1, 11))
        for row in range(count):
            self.share(self.threads[thread[row]], wall[row])
            total = self.waited.setdefault((self.tasks[task[row]], self.newest(stack[row]), self.strings[what[row]]), [0, 0])
            total[0] += wall[row]
            total[1] += whole[row]


def main(path):
    recording = Recording()
    meta = None
    complete = False
    with open(path, "rb") as file:
        data = file.read()
    for kind, raw in records(data):
        if kind == b"META":
            meta = json.loads(raw)
        elif kind == b"BLKS":
            blocks = Bytes(raw)
            while blocks.more():
                recording.block(Bytes(blocks.take(blocks.varint())))
        elif kind == b"INDX":
            complete = True
    low, high, end = struct.unpack_from("<II8s", data, len(data) - 16)
    if complete:
        assert end == b"LYN END\n" and data[low + (high << 32) :][:4] == b"INDX"
    totals = [[key[0], key[2], recording.names[key], name, *total] for (key, name), total in recording.totals.items()]
    waited = [[recording.task_names[key], name, what, *total] for (key, name, what), total in recording.waited.items()]
    balance = sum(abs(rest) for rest in recording.shared.values())
    json.dump({"waited": waited, "balance": balance, "meta": meta, "isComplete": complete, "end": recording.end, "totals": totals}, sys.stdout)


main(sys.argv[1])
