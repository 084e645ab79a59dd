"""What tasks of asyncio_truth.py do: each of these waits for one kind of thing, for ever."""

import asyncio
import concurrent.futures
import threading

LONG = 1000
never = threading.Event()
threads = concurrent.futures.ThreadPoolExecutor(2)


class SubclassOfFuture(asyncio.Future):
    pass


async def sleeper(seconds=LONG):
    await asyncio.sleep(seconds)


async def awaiter(awaitable):
    return await awaitable


async def gatherer(*awaitables):
    await asyncio.gather(*awaitables)


async def waiter(*tasks):
    await asyncio.wait(tasks)


async def first_waiter(*tasks):
    await asyncio.wait(tasks, timeout=LONG, return_when=asyncio.FIRST_COMPLETED)


async def with_timeout(awaitable):
    await asyncio.wait_for(awaitable, LONG)


async def shielder(task):
    await asyncio.shield(task)


async def completer(*tasks):
    for future in asyncio.as_completed(tasks):
        await future


async def getter(queue):
    return await queue.get()


async def putter(queue):
    await queue.put("one too many")


async def joiner(queue):
    await queue.join()


async def locker(lock):
    async with lock:
        await asyncio.sleep(LONG)


async def eventer(event):
    await event.wait()


async def conditioner(condition):
    async with condition:
        await condition.wait()


async def in_thread():
    await asyncio.get_event_loop().run_in_executor(threads, never.wait)


async def receiver(endpoint):
    await asyncio.get_event_loop().sock_recv(endpoint, 1)


async def reader(stream):
    await stream.readline()


async def process_waiter(process):
    await process.wait()


async def yielder():
    while True:
        await asyncio.sleep(0)


async def done():
    return 1


async def numbers():
    for number in range(3):
        await asyncio.sleep(LONG)
        yield number


async def iterates():
    async for _ in numbers():
        pass


async def context():
    class Context:
        async def __aenter__(self):
            await asyncio.sleep(LONG)

        async def __aexit__(self, *_):
            pass

    async with Context():
        pass


class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(LONG).__await__()
