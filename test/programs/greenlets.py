"""Greenlets of every kind, standing still: prints READY and what greenlet itself says of each, then lives until its input ends."""
import gc
import json
import sys
import threading

import greenlet


class Sub(greenlet.greenlet):
    """With attributes of its own."""


def deep(depth, gate):
    if depth > 0:
        return deep(depth - 1, gate)
    gate.switch()


def through_c(gate):
    return sorted([2, 1], key=lambda value: deep(2, gate) if value == 2 else value)


def through_generator(gate):
    def values():
        yield 1
        deep(1, gate)
        yield 2

    for _ in values():
        pass


def in_except(gate):
    try:
        raise ValueError("kept")
    except ValueError:
        deep(1, gate)


def finishes():
    return 1


def frames(of):
    found = []
    frame = None if of is greenlet.getcurrent() else of.gr_frame
    while frame is not None:
        found.append([getattr(frame.f_code, "co_qualname", frame.f_code.co_name), frame.f_lineno])
        frame = frame.f_back
    return found


def state_of(one):
    if one.dead:
        return "finished"
    # True between its start and its end.
    if not one:
        return "created"
    return "running" if one is greenlet.getcurrent() or one.gr_frame is None else "waiting"


def tell(thread_of):
    main_ids = {id(main): ident for main, ident in thread_of}

    def main_of(one):
        while one.parent is not None:
            one = one.parent
        return one

    told = []
    for one in gc.get_objects():
        if not isinstance(one, greenlet.greenlet):
            continue
        main = main_of(one)
        told.append(
            {
                "address": id(one),
                "type": type(one).__name__,
                "parent": 0 if one.parent is None else id(one.parent),
                "main": id(main),
                "thread": main_ids[id(main)],
                "state": state_of(one),
                "frames": frames(one),
            }
        )
    return told


def start(kept, gate, count):
    for kind in (greenlet.greenlet, Sub):
        for run in (through_c, through_generator, in_except, lambda gate: deep(9, gate)):
            one = kind(run)
            kept.append(one)
            one.switch(gate)
        kept.append(kind(finishes))
        kept[-1].switch()
        kept.append(kind(finishes))
    for depth in range(count):
        one = greenlet.greenlet(deep)
        kept.append(one)
        one.switch(depth % 50, gate)
    inner = greenlet.greenlet(lambda: kept.append(greenlet.greenlet(deep)) or kept[-1].switch(3, gate))
    kept.append(inner)
    inner.switch()


def other_thread(ready, done, thread_of, kept):
    gate = greenlet.getcurrent()
    thread_of.append((gate, threading.get_ident()))
    start(kept, gate, 3)
    resting = greenlet.greenlet(lambda: rest(ready, done))
    kept.append(resting)
    resting.switch()


def rest(ready, done):
    ready.set()
    done.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    kept = []
    thread_of = [(greenlet.getcurrent(), threading.get_ident())]
    ready, done = threading.Event(), threading.Event()
    theirs = []
    thread = threading.Thread(target=other_thread, args=(ready, done, thread_of, theirs), daemon=True)
    # With 0, the one that reports is the only one.
    if count > 0:
        start(kept, greenlet.getcurrent(), count)
        thread.start()
        ready.wait()

    def at_barrier():
        print("READY", json.dumps(tell(thread_of)), flush=True)
        for line in sys.stdin:
            if line.startswith("more"):
                start(kept, greenlet.getcurrent(), int(line.split()[1]))
            elif line.startswith("fewer"):
                del kept[:]
                gc.collect()
            print(json.dumps(tell(thread_of)), flush=True)

    reporter = greenlet.greenlet(at_barrier)
    reporter.switch()
    done.set()
    if count > 0:
        thread.join()


main()
