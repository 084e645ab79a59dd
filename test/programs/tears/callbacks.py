"""Python that C calls: keys of sorts, reductions, attributes, descriptors, comparisons, substitutions, finalizers."""

import functools
import re

from ready import ready


def red_leaf(): pass
def blue_leaf(): pass


def red_key(number):
    red_leaf()
    return -number


def red_add(total, number):
    red_leaf()
    return total + number


def red_replace(match):
    red_leaf()
    return "x"


def red():
    sorted(numbers, key=red_key)
    functools.reduce(red_add, numbers)
    word.sub(red_replace, "a b c")
    list(map(red_key, numbers))


class BlueDescriptor:
    def __get__(self, instance, owner):
        blue_leaf()
        return 1


class Blue:
    described = BlueDescriptor()

    def __init__(self, name):
        self.name = name
        blue_leaf()

    def __getattr__(self, name):
        blue_leaf()
        return 2

    @property
    def property(self):
        blue_leaf()
        return 3

    def __hash__(self):
        blue_leaf()
        return 4

    def __eq__(self, other):
        blue_leaf()
        return self.name == other.name

    def __del__(self):
        blue_leaf()


def blue():
    one = Blue("one")
    one.described
    one.missing
    one.property
    known = {one: 1}
    known[Blue("one")]
    del one


word = re.compile("[a-z]")
numbers = [3, 1, 2]


def main():
    ready()
    while True:
        red()
        blue()


main()
