"""Which stacks a program can have, by CPython's own account, as JSON.

    python possible_stacks.py PROGRAM [ARGUMENTS]

Runs PROGRAM under sys.settrace until nothing new has come for a while, and notes at every event what stands on what:

    functions: [name, file, first line, [lines that it can be on; 0: instructions of its own that have none]]
    stacks:    [the stack that it stands on, or -1; the line that its caller is on, or 0; the function]

So a stack is possible if each of its frames but the newest is on the line that called the next one, all the way from the root. To know
that from the source would take its own interpreter: generators, descriptors, finalizers and hooks are called by lines that do not say so.
"""

import _thread
import dis
import json
import os
import sys
import time
import types

LEAST_SECONDS, MOST_SECONDS = 0.5, 20  # Of its own CPU time.
HERE = __file__

functions, rows, codes = {}, [], {}
stacks, children = [], {}
at = {}  # The stack that each running frame is the top of.
began = newest = time.process_time()
events = 0
trace_hook = None
local_hooks = {}
is_in_hook = False
hook_caller = None
starts_threads = False
only_once = _thread.allocate_lock()


class Code:
    """What is asked of a code object again and again. Keeps it, so that its id stays its own."""

    def __init__(self, code):
        self.code = code
        if hasattr(code, "co_lines"):
            self.ranges = [(start, end, line) for start, end, line in code.co_lines()]
        else:
            starts = list(dis.findlinestarts(code))
            ends = [start for start, _ in starts[1:]] + [1 << 30]
            self.ranges = [(start, end, line) for (start, line), end in zip(starts, ends)]
        self.first = code.co_firstlineno
        self.places = {}
        key = (getattr(code, "co_qualname", code.co_name), code.co_filename, self.first)
        if key not in functions:
            functions[key] = len(functions)
            rows.append([*key, set()])
        self.function = functions[key]
        rows[self.function][3].update([self.first], [line or 0 for _, _, line in self.ranges])

    def line(self, instruction):
        if instruction not in self.places:
            found = [line for start, end, line in self.ranges if start <= instruction < end]
            self.places[instruction] = found[0] or 0 if found else self.first
        return self.places[instruction]


def code_of(frame):
    code = frame.f_code
    known = codes.get(id(code))
    if known is None:
        known = codes[id(code)] = Code(code)
    return known


def program_frame(frame):
    while frame is not None and frame.f_code.co_filename == HERE:
        frame = frame.f_back
    return frame


def stack_of(frame, is_new):
    """Finds it where it was last time, unless it has just been called or resumed."""
    known = None if is_new else at.get(frame)
    if known is not None:
        return known
    caller = program_frame(frame.f_back) or hook_caller
    if caller is None:
        key = (-1, 0, code_of(frame).function)
    else:
        key = (stack_of(caller, False), code_of(caller).line(caller.f_lasti), code_of(frame).function)
    known = children.get(key)
    if known is None:
        global newest
        newest = time.process_time()
        known = children[key] = len(stacks)
        stacks.append(key)
    at[frame] = known
    return known


def trace(frame, event, arg):
    global events
    events += 1
    if events % 1000 == 0:
        stop_when_done()
    is_ours = frame.f_code.co_filename == HERE
    if not is_ours:
        stack_of(frame, event == "call")
    if trace_hook is not None and not is_in_hook:
        shown = program_frame(frame)
        hook = trace_hook if event == "call" and not is_ours else local_hooks.get(shown)
        if hook is not None:
            local_hooks[shown] = call_hook(hook, shown, event, arg)
    if event == "return":
        at.pop(frame, None)
        local_hooks.pop(frame, None)
    return None if is_ours else trace


def call_hook(hook, *arguments):
    global is_in_hook, hook_caller
    is_in_hook = True
    try:
        if sys.version_info[:2] != (3, 11):
            return sys.call_tracing(hook, arguments)
        # 3.11 does not trace what call_tracing() calls. Another thread stands in, while this one waits.
        hook_caller = arguments[0]
        results = []
        done = _thread.allocate_lock()
        done.acquire()

        def run():
            real_set_trace(trace)
            results.append(hook(*arguments))
            done.release()

        real_start_thread(run, ())
        done.acquire()
        return results[0]
    finally:
        hook_caller = None
        is_in_hook = False


def profile_with(hook):
    def profile(frame, event, arg):
        shown = program_frame(frame)
        if not is_in_hook and shown is not None:
            call_hook(hook, shown, event, arg)

    return profile


def set_profile(hook):
    real_set_profile(None if hook is None else profile_with(hook))


def set_trace(hook):
    global trace_hook
    trace_hook = hook


def start_thread(function, arguments, *more):
    global starts_threads
    starts_threads = True

    def run():
        real_set_trace(trace)
        function(*arguments, *more)

    return real_start_thread(run, ())


def begin(text=""):
    """Stands in for ready(): what was before, imports above all, nobody looks at."""
    global began, newest
    began = newest = time.process_time()
    for table in (functions, rows, stacks, children, codes, at):
        table.clear()


def stop_when_done():
    now = time.process_time()
    if now - began < LEAST_SECONDS or (now - newest < (now - began) / 2 and now - began < MOST_SECONDS):
        return
    if not only_once.acquire(False):
        return
    table = {"functions": [[*row[:3], sorted(row[3])] for row in list(rows)], "stacks": list(stacks)}
    table["startsThreads"] = starts_threads
    sys.stdout.write(json.dumps(table))
    sys.stdout.flush()
    os._exit(0)


real_set_trace, real_set_profile, real_start_thread = sys.settrace, sys.setprofile, _thread.start_new_thread
path = os.path.abspath(sys.argv[1])
del sys.argv[0]
sys.path[0] = os.path.dirname(path)
sys.modules["ready"] = types.ModuleType("ready")
sys.modules["ready"].ready = begin
main = types.ModuleType("__main__")
main.__file__ = path
sys.modules["__main__"] = main
with open(path, encoding="utf-8") as file:
    program = compile(file.read(), path, "exec")
sys.settrace, sys.setprofile, _thread.start_new_thread = set_trace, set_profile, start_thread
real_set_trace(trace)
exec(program, main.__dict__)
