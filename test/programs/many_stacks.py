"""Never the same stack for long: calls of random ones of 8 functions, up to 100 deep. For what grows with the number of stacks."""

import random

from ready import ready

chance = random.Random(8)
functions = []

SOURCE = """
def walk_{number}(left):
    if left:
        chance.choice(functions)(left - 1)
    else:
        work()
"""


def work():
    for _ in range(200):
        pass


for number in range(8):
    scope = globals()
    exec(compile(SOURCE.format(number=number), "walk_{}.py".format(number), "exec"), scope)
    functions.append(scope["walk_{}".format(number)])

ready()
while True:
    chance.choice(functions)(chance.randrange(100))
