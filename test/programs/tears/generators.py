"""Two chains of generators, and one generator that both sides resume in turn."""

from ready import ready


def leaf_of_red(): pass
def leaf_of_blue(): pass
def leaf_of_both(): pass


def red_inner():
    for number in range(3):
        leaf_of_red()
        yield number


def red_middle():
    yield from red_inner()


def red_outer():
    yield from red_middle()


def red():
    for number in red_outer():
        pass
    next(shared)


def blue_inner():
    received = 0
    while received < 3:
        leaf_of_blue()
        received = yield received


def blue_middle():
    result = yield from blue_inner()
    return result


def blue():
    chain = blue_middle()
    chain.send(None)
    chain.send(1)
    blue_resume()
    chain.close()


def blue_resume():
    shared.send(2)


def both():
    while True:
        leaf_of_both()
        yield
        both_inner()
        yield


def both_inner():
    leaf_of_both()


def red_summing():
    return sum(number for number in red_inner())


def main():
    ready()
    while True:
        red()
        blue()
        red_summing()


shared = both()
main()
