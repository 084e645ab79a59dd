"""eventlet's greenlets, each waiting for something else: prints READY and what eventlet says of them, then lives until its input ends."""
import json
import os
import sys

import eventlet
import eventlet.event
import eventlet.hubs
import eventlet.queue
import eventlet.semaphore
from eventlet.green import socket
from greenlet import getcurrent


def waits_for_event(event):
    event.wait()


def takes(semaphore):
    semaphore.acquire()


def gets(queue):
    return queue.get()


def accepts(listener):
    return listener.accept()


def joins(other):
    return other.wait()


def sleeps():
    eventlet.sleep(1000.5)


def main():
    told = {}
    kept = []

    def spawn(run, *arguments, kind="", object=None, detail=""):
        greenlet = eventlet.spawn(run, *arguments)
        kept.append(greenlet)
        hub = id(eventlet.hubs.get_hub().greenlet)
        found = {"name": "GreenThread", "code": id(run.__code__), "kind": kind, "object": id(object) if object else 0, "detail": detail}
        told[str(id(greenlet))] = dict(found, awaitedBy=[], parent=hub)
        return greenlet

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    event = eventlet.event.Event()
    semaphore = eventlet.semaphore.Semaphore(0)
    queue = eventlet.queue.Queue()
    sleeper = spawn(sleeps, kind="sleep", detail="1000.5 s")
    spawn(waits_for_event, event, kind="event", object=event)
    spawn(takes, semaphore, kind="semaphore", object=semaphore)
    spawn(gets, queue, kind="queue", object=queue)
    spawn(accepts, listener, kind="socket", object=listener, detail="fd %d to be readable" % listener.fileno())
    joining = spawn(joins, sleeper, kind="task", object=sleeper)
    told[str(id(sleeper))]["awaitedBy"] = [id(joining)]
    eventlet.sleep(0.1)
    hub = id(eventlet.hubs.get_hub().greenlet)
    print("READY", json.dumps({"greenlets": told, "hub": hub, "main": id(getcurrent()), "version": eventlet.__version__}), flush=True)
    # Not sys.stdin, which eventlet would not wait for in its own way.
    os.read(sys.stdin.fileno(), 1)


main()
