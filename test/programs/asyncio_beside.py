"""A hundred tasks each that sleep, wait for a queue, an event, a lock, and each other, beside one, called "busy", that does all of that over and over."""

import asyncio

from asyncio_waiters import LONG, awaiter, eventer, getter, locker, sleeper, waiter
from ready import ready


async def busy():
    queue, lock = asyncio.Queue(), asyncio.Lock()
    while True:
        # Small numbers, code objects and types are shared with the others: references to them come and go.
        await asyncio.sleep(0.001)
        await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0.001))], timeout=LONG)
        await asyncio.gather(queue.put(1), queue.get(), asyncio.wait_for(asyncio.sleep(0), 100))
        async with lock:
            await asyncio.ensure_future(asyncio.sleep(0))


async def main():
    queue, event, lock = asyncio.Queue(), asyncio.Event(), asyncio.Lock()
    kept = []
    for _ in range(100):
        sleeping = asyncio.ensure_future(sleeper(100))
        others = sleeper(), getter(queue), eventer(event), locker(lock), awaiter(sleeping), waiter(sleeping), awaiter(asyncio.gather(sleeping))
        kept += [sleeping] + [asyncio.ensure_future(other) for other in others]
    asyncio.ensure_future(busy()).set_name("busy")
    await asyncio.sleep(0.3)
    ready()
    await asyncio.sleep(LONG)


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
