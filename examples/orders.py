"""A small report over invented orders: about five seconds of parsing, sorting, grouping and waiting, in two threads.

What `npm start` profiles. Runs on CPython 3.8 and later, without any package.
"""

import json
import queue
import random
import threading
import time
from collections import defaultdict

SECONDS = 5.0
CITIES = ["Athens", "Corinth", "Iolcos", "Sparta", "Thebes"]
GOODS = {"amphora": 12.5, "oil": 4.2, "sail": 80.0, "rope": 7.75, "oar": 33.0, "fleece": 1900.0}


def make_order(number, chance):
    lines = [{"good": good, "count": chance.randint(1, 9)} for good in chance.sample(sorted(GOODS), 3)]
    return {"number": number, "city": chance.choice(CITIES), "lines": lines}


def receive_orders(inbox, stop):
    """The second thread: orders arrive in batches, as text, with pauses."""
    chance = random.Random(7)
    number = 0
    while not stop.is_set():
        batch = [make_order(number + i, chance) for i in range(400)]
        number += len(batch)
        inbox.put(json.dumps(batch))
        time.sleep(0.002)
    inbox.put(None)


def parse(text):
    return json.loads(text)


def price(order):
    return sum(GOODS[line["good"]] * line["count"] for line in order["lines"])


def add_to_totals(orders, totals):
    for order in orders:
        totals[order["city"]] += price(order)


def checksum(number):
    """Luhn's, digit by digit."""
    total = 0
    for position, digit in enumerate(reversed(str(number))):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10


def label_orders(orders):
    return ["{}-{}".format(order["number"], checksum(order["number"])) for order in orders]


def rank(orders):
    return sorted(orders, key=price, reverse=True)[:10]


def report(totals, best):
    print("Sales by city")
    for city, total in sorted(totals.items(), key=lambda item: item[1], reverse=True):
        print("  {:<10}{:>16,.2f}".format(city, total))
    print("Best order: {} to {}, {:,.2f}".format(best["number"], best["city"], price(best)))


def main():
    inbox = queue.Queue(maxsize=4)
    stop = threading.Event()
    threading.Thread(target=receive_orders, args=(inbox, stop), name="receiver", daemon=True).start()
    totals = defaultdict(float)
    best = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        orders = parse(inbox.get())
        add_to_totals(orders, totals)
        label_orders(orders)
        best = rank(best + orders)
    stop.set()
    report(totals, best[0])


if __name__ == "__main__":
    main()
