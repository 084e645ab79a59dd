"""Tasks that wait for each other in the ways that `sys.argv[1]` names; then nothing happens any more.

    pair       a -> b -> a, while `main` gathers both and others
    gather     a gathers b and c, and c waits for a
    timeout    a -> b -> a, but b gives up after an hour
    within     the same, by `asyncio.timeout()` around it (3.11 and later)
    locks      a holds lock 1 and wants lock 2, b the other way round
    none       a -> b -> c, which sleeps
    hog        a computes for ever; b could run
    crowd      10,000 tasks that sleep
    finished   a task that has ended and is still referred to; one whose loop is no longer run
"""

import asyncio
import sys

from ready import ready

tasks = {}


def start(name, coroutine):
    task = asyncio.ensure_future(coroutine)
    if hasattr(task, "set_name"):
        task.set_name(name)
    tasks[name] = task
    return task


async def wait_for_task(name):
    await asyncio.sleep(0)
    return await tasks[name]


async def gather(*names):
    await asyncio.sleep(0)
    await asyncio.gather(*[tasks[name] for name in names])


async def wait_with_timeout(name):
    await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.shield(tasks[name]), 3600)


async def wait_within(name):
    await asyncio.sleep(0)
    async with asyncio.timeout(3600):
        return await tasks[name]


async def take_both(first, second):
    async with first:
        await asyncio.sleep(0.01)
        async with second:
            pass


async def nap():
    await asyncio.sleep(3600)


async def hog():
    while True:
        crunch()


def crunch():
    sum(range(1000))


async def pair():
    start("a", wait_for_task("b"))
    start("b", wait_for_task("a"))
    start("watcher", wait_for_task("a"))
    sleepers = [start("sleeper-%d" % number, nap()) for number in range(5)]
    await announce(asyncio.gather(*sleepers, *tasks.values()))


async def announce(future):
    """All others have got where they stay."""
    asyncio.get_event_loop().call_later(0.1, ready)
    await future


async def only_gather():
    start("a", gather("b", "c"))
    start("b", nap())
    start("c", wait_for_task("a"))
    await announce(asyncio.sleep(3600))


async def timeout():
    start("a", wait_for_task("b"))
    start("b", wait_with_timeout("a"))
    await announce(asyncio.sleep(3600))


async def within():
    start("a", wait_for_task("b"))
    start("b", wait_within("a"))
    await announce(asyncio.sleep(3600))


async def locks():
    one, two = asyncio.Lock(), asyncio.Lock()
    start("a", take_both(one, two))
    start("b", take_both(two, one))
    await announce(asyncio.sleep(3600))


async def none():
    start("a", wait_for_task("b"))
    start("b", wait_for_task("c"))
    start("c", nap())
    await announce(asyncio.sleep(3600))


async def busy():
    asyncio.get_event_loop().call_later(0.05, lambda: start("a", hog()))
    asyncio.get_event_loop().call_later(0.06, lambda: None)
    ready()
    await asyncio.sleep(0.1)


async def crowd():
    for number in range(10000):
        start("sleeper-%d" % number, nap())
    await announce(asyncio.sleep(3600))


async def end_at_once():
    return 1


async def finished():
    start("ended", end_at_once())
    await announce(asyncio.sleep(3600))


def left_behind():
    loop = asyncio.new_event_loop()
    tasks["orphan"] = loop.create_task(nap())
    if hasattr(tasks["orphan"], "set_name"):
        tasks["orphan"].set_name("orphan")
    loop.run_until_complete(asyncio.sleep(0.01))
    return loop


ways = {"pair": pair, "gather": only_gather, "timeout": timeout, "within": within, "locks": locks, "none": none, "hog": busy, "crowd": crowd, "finished": finished}
orphaned = left_behind() if sys.argv[1] == "finished" else None
asyncio.run(ways[sys.argv[1]]())
