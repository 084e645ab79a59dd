"""Has 100 GB of address space that is never used, argv[1] mappings and argv[2] threads that sleep; the main thread computes in main_work()."""

import ctypes
import mmap
import sys
import threading
import time

from ready import ready

PROT_READ, PROT_WRITE = 1, 2
MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE = 0x02, 0x20, 0x4000


def reserve(size, protection):
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    assert libc.mmap(None, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != 2**64 - 1


def sleep():
    time.sleep(600)


def main_work():
    while True:
        pass


reserve(100 << 30, 0)
reserve(1 << 30, PROT_READ | PROT_WRITE)
# Each is a file of its own to the kernel; every other is read-only, so that neighbours are not made one.
mappings = [mmap.mmap(-1, 4096, prot=PROT_READ | (PROT_WRITE if number % 2 else 0)) for number in range(int(sys.argv[1]))]
for _ in range(int(sys.argv[2])):
    threading.Thread(target=sleep, daemon=True).start()
ready()
main_work()
