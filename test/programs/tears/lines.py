"""One frame that stays while its instruction moves on: from each line only one function can be called."""

from ready import ready


def red_leaf_0(): pass
def red_leaf_1(): pass
def red_leaf_2(): pass
def red_leaf_3(): pass
def red_leaf_4(): pass
def red_leaf_5(): pass
def red_leaf_6(): pass
def red_leaf_7(): pass
def red_leaf_8(): pass
def red_leaf_9(): pass
def red_leaf_10(): pass
def red_leaf_11(): pass


def red_0(): red_leaf_0()
def red_1(): red_leaf_1()
def red_2(): red_leaf_2()
def red_3(): red_leaf_3()
def red_4(): red_leaf_4()
def red_5(): red_leaf_5()
def red_6(): red_leaf_6()
def red_7(): red_leaf_7()
def red_8(): red_leaf_8()
def red_9(): red_leaf_9()
def red_10(): red_leaf_10()
def red_11(): red_leaf_11()


def red():
    red_0()
    red_1()
    red_2()
    red_3()
    red_4()
    red_5()
    red_6()
    red_7()
    red_8()
    red_9()
    red_10()
    red_11()


def blue_leaf_0(): pass
def blue_leaf_1(): pass
def blue_leaf_2(): pass
def blue_leaf_3(): pass
def blue_leaf_4(): pass
def blue_leaf_5(): pass
def blue_leaf_6(): pass
def blue_leaf_7(): pass
def blue_leaf_8(): pass
def blue_leaf_9(): pass
def blue_leaf_10(): pass
def blue_leaf_11(): pass


def blue_0(): blue_leaf_0()
def blue_1(): blue_leaf_1()
def blue_2(): blue_leaf_2()
def blue_3(): blue_leaf_3()
def blue_4(): blue_leaf_4()
def blue_5(): blue_leaf_5()
def blue_6(): blue_leaf_6()
def blue_7(): blue_leaf_7()
def blue_8(): blue_leaf_8()
def blue_9(): blue_leaf_9()
def blue_10(): blue_leaf_10()
def blue_11(): blue_leaf_11()


def blue():
    blue_0()
    blue_1()
    blue_2()
    blue_3()
    blue_4()
    blue_5()
    blue_6()
    blue_7()
    blue_8()
    blue_9()
    blue_10()
    blue_11()


def main():
    ready()
    while True:
        red()
        blue()


main()
