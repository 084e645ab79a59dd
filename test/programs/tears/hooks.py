"""Two trees of calls under sys.setprofile and sys.settrace, whose hooks are trees of their own."""

import sys

from ready import ready


def red_0(): red_1()
def red_1(): red_2()
def red_2(): len("")
def blue_0(): blue_1()
def blue_1(): blue_2()


def blue_2():
    one = 1
    return one


def profile_leaf(): pass
def trace_leaf(): pass
def line_leaf(): pass


def profile_hook(frame, event, arg):
    profile_leaf()


def trace_hook(frame, event, arg):
    trace_leaf()
    return line_hook


def line_hook(frame, event, arg):
    line_leaf()
    return line_hook


def profiled():
    sys.setprofile(profile_hook)
    red_0()
    sys.setprofile(None)


def traced():
    sys.settrace(trace_hook)
    blue_0()
    sys.settrace(None)


def main():
    ready()
    while True:
        profiled()
        traced()


main()
