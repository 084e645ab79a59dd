"""
A service that is stuck, and slow besides: two tasks wait for each other, and a third one computes where it should wait.

Every order reserves goods and takes money. `stock` asks `billing` whether the customer pays, and `billing` asks `stock` whether there are goods:
each waits for the other's answer. Meanwhile `reports` adds up figures without ever letting others have their turn for long.
"""

import asyncio
import os
import time


class Desk:
    """Answers one question, for everybody who asks."""

    def __init__(self, name):
        self.name = name
        self.answer = None

    def open(self, question):
        self.answer = asyncio.ensure_future(question)
        name_task(self.answer, self.name)

    async def ask(self):
        return await self.answer


def name_task(task, name):
    if hasattr(task, "set_name"):
        task.set_name(name)
    return task


stock = Desk("stock")
billing = Desk("billing")


async def has_goods():
    await asyncio.sleep(0.01)
    return await billing.ask()


async def is_paid():
    await asyncio.sleep(0.01)
    return await stock.ask()


async def handle(reader, writer):
    """A customer. None of them ever gets an answer."""
    await reader.readline()
    await stock.ask()
    writer.write(b"thank you\n")


async def customer(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"one of each\n")
    await reader.readline()


def add_up(seconds):
    end = time.perf_counter() + seconds
    total = 0
    while time.perf_counter() < end:
        total += sum(range(1000))
    return total


async def reports():
    while True:
        add_up(0.2)
        await asyncio.sleep(0.05)


async def main():
    stock.open(has_goods())
    billing.open(is_paid())
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    customers = [asyncio.ensure_future(customer(port)) for _ in range(6)]
    name_task(asyncio.ensure_future(reports()), "reports")
    print(f"process {os.getpid()} serves nobody on port {port}; Ctrl-C ends it", flush=True)
    await asyncio.gather(*customers)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
