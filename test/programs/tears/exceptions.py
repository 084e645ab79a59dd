"""Two trees that are left by exceptions, through `except`, `finally`, `with` and a generator."""

from ready import ready


class Red(Exception): pass
class Blue(Exception): pass


def red_raise(): raise Red
def red_clean(): pass
def red_note(): red_clean()
def blue_raise(): raise Blue
def blue_clean(): pass
def blue_note(): blue_clean()


def red_3():
    try:
        red_raise()
    finally:
        red_clean()


def red_2():
    try:
        red_3()
    except Blue:
        blue_note()
    finally:
        red_note()


def red_1():
    try:
        red_2()
    except Red:
        red_note()


class BlueContext:
    def __enter__(self):
        blue_clean()

    def __exit__(self, *reason):
        blue_note()
        return True


def blue_3():
    with BlueContext():
        blue_clean()
        blue_raise()


def blue_numbers():
    try:
        yield 1
    except Blue:
        blue_note()
        yield 2
    finally:
        blue_clean()


def blue_2():
    blue_3()
    numbers = blue_numbers()
    next(numbers)
    numbers.throw(Blue())
    numbers.close()


def blue_1():
    try:
        blue_2()
        blue_raise()
    except Blue:
        blue_clean()


def main():
    ready()
    while True:
        red_1()
        blue_1()


main()
