"""Two disjoint call trees, 12 calls deep, alternating as fast as they can.

A sample that holds both a red_ and a blue_ function is a stack that never existed.
"""

from ready import ready


def red_0(): red_1()
def red_1(): red_2()
def red_2(): red_3()
def red_3(): red_4()
def red_4(): red_5()
def red_5(): red_6()
def red_6(): red_7()
def red_7(): red_8()
def red_8(): red_9()
def red_9(): red_10()
def red_10(): red_11()
def red_11(): pass


def blue_0(): blue_1()
def blue_1(): blue_2()
def blue_2(): blue_3()
def blue_3(): blue_4()
def blue_4(): blue_5()
def blue_5(): blue_6()
def blue_6(): blue_7()
def blue_7(): blue_8()
def blue_8(): blue_9()
def blue_9(): blue_10()
def blue_10(): blue_11()
def blue_11(): pass


def main():
    ready()
    while True:
        red_0()
        blue_0()


main()
