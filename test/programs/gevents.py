"""gevent's greenlets, each waiting for something else: prints READY and what gevent says of them, then lives until its input ends."""
import json
import sys
import types

import gevent
import gevent.event
import gevent.lock
import gevent.queue
import gevent.socket
from greenlet import getcurrent

told = {}


def tell(greenlet, what):
    told[str(id(greenlet))] = what


class Worker(gevent.Greenlet):
    def _run(self):
        gevent.sleep(1000)


def waits_for_event(event):
    event.wait()


def takes(lock):
    with lock:
        gevent.sleep(0)


def gets(queue):
    return queue.get()


def reads(socket):
    return socket.recv(10)


def accepts(socket):
    return socket.accept()


def joins(other):
    other.join()


def gets_result(other):
    return other.get()


def joins_all(others):
    gevent.joinall(others)


def sleeps():
    gevent.sleep(1000.5)


def returns():
    return 1


def main():
    kept = []

    def spawn(run, *arguments, name=None, kind="", object=0, detail="", links=()):
        greenlet = gevent.spawn(run, *arguments)
        if name is not None:
            greenlet.name = name
        kept.append(greenlet)
        tell(
            greenlet,
            {
                "name": name or "Greenlet",
                "code": id(run.__code__) if isinstance(run, types.FunctionType) else 0,
                "kind": kind,
                "object": id(object) if object else 0,
                "detail": detail,
                "awaitedBy": [],
                "parent": id(gevent.get_hub()),
            },
        )
        return greenlet

    lock = gevent.lock.RLock()
    lock.acquire()
    semaphore = gevent.lock.Semaphore(0)
    event = gevent.event.Event()
    result = gevent.event.AsyncResult()
    queue = gevent.queue.Queue()
    first, second = gevent.socket.socketpair()
    listener = gevent.socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    sleeper = spawn(sleeps, name="sleeper", kind="sleep", detail="1000.5 s")
    numbered = spawn(sleeps, kind="sleep", detail="1000.5 s")
    told[str(id(numbered))]["name"] = numbered.name
    spawn(sleeps, kind="sleep", detail="1000.5 s")
    spawn(waits_for_event, event, kind="event", object=event)
    spawn(takes, lock, kind="lock", object=lock)
    spawn(takes, semaphore, kind="semaphore", object=semaphore)
    spawn(gets, queue, kind="queue", object=queue)
    spawn(gets_result, result, kind="future", object=result)
    spawn(reads, first, kind="socket", object=first, detail="fd %d to be readable" % first.fileno())
    spawn(accepts, listener, kind="socket", object=listener, detail="fd %d to be readable" % listener.fileno())
    joining = spawn(joins, sleeper, kind="task", object=sleeper)
    getting = spawn(gets_result, sleeper, kind="task", object=sleeper)
    together = spawn(joins_all, [sleeper, joining], kind="tasks", detail="2 greenlets")
    spawn(returns)
    # Nothing but compiled code: no frames.
    spawn(event.wait, kind="event", object=event)
    told[str(id(sleeper))]["awaitedBy"] = [id(joining), id(getting), id(together)]
    told[str(id(joining))]["awaitedBy"] = [id(together)]
    worker = Worker.spawn()
    kept.append(worker)

    gevent.sleep(0.1)
    reported = json.dumps({"greenlets": told, "hub": id(gevent.get_hub()), "main": id(getcurrent()), "version": gevent.__version__})
    print("READY", reported, flush=True)
    gevent.spawn(sys.stdin.read).join() if "--hub" in sys.argv else sys.stdin.read()


main()
