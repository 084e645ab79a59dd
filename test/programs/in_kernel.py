"""Threads that wait in the kernel, each in its own way, and one that works there."""

import os
import socket
import threading
import time

from ready import ready


def sleeps():
    time.sleep(1000)


def reads():
    os.read(os.pipe()[0], 1)


def locks():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def accepts():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.accept()


def works():
    # Zeros are made in the kernel, without the GIL.
    zeros = os.open("/dev/zero", os.O_RDONLY)
    while True:
        os.read(zeros, 1 << 20)


for job in (sleeps, reads, locks, accepts, works):
    threading.Thread(target=job, name=job.__name__, daemon=True).start()
time.sleep(0.2)
ready()
time.sleep(1000)
