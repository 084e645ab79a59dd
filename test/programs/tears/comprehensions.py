"""Lambdas, comprehensions and generator expressions in each other; 3.12 and later have most of them inline."""

from ready import ready


def red_leaf(number):
    return number


def blue_leaf(number):
    return number


red_inner = lambda number: red_leaf(number)
red_outer = lambda numbers: [red_inner(number) for number in numbers]
blue_inner = lambda number: (lambda: blue_leaf(number))()


def red():
    red_outer([1, 2])
    {red_leaf(number) for number in (1, 2)}


def blue():
    {number: [blue_inner(other) for other in (1, 2)] for number in (1, 2)}
    any(blue_leaf(number) for number in (0, 0))
    [list(blue_leaf(other) for other in (1, number)) for number in (1, 2)]


def main():
    ready()
    while True:
        red()
        blue()


main()
