"""Threads that are born and die, hundreds a second: each climbs one of two trees for a moment."""

import _thread

from ready import ready


def red_0(left):
    while left:
        red_1()
        left -= 1
def red_1(): red_2()
def red_2(): red_3()
def red_3(): pass


def blue_0(left):
    while left:
        blue_1()
        left -= 1
def blue_1(): blue_2()
def blue_2(): blue_3()
def blue_3(): pass


def red_thread(done):
    red_0(3000)
    done.release()


def blue_thread(done):
    blue_0(3000)
    done.release()


def start(thread):
    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(thread, (done,))
    return done


def main():
    ready()
    while True:
        red = start(red_thread)
        blue = start(blue_thread)
        red.acquire()
        blue.acquire()


main()
