"""Greenlets that switch, end and are born as fast as they can, each in functions of its own: `t3_0` calls `t3_1`, that `t3_2`, and so on."""
import itertools
import sys

import greenlet

DEPTH = 12

SOURCE = """
def t{tree}_{level}(depth, gate):
    if depth == {level}:
        return gate.switch()
    {call}
"""
CALLS = [
    "return {below}(depth, gate)",
    # Across C code, where the evaluation loop is entered anew.
    "return max([1], key=lambda _: {below}(depth, gate) or 0)",
    # In a generator.
    "return [value for value in ({below}(depth, gate) for _ in [1])]",
    "\n    ".join(["try:", "    raise ValueError", "except ValueError:", "    return {below}(depth, gate)"]),
]


def make_tree(tree):
    names = {}
    for level in reversed(range(DEPTH)):
        below = "t%d_%d" % (tree, level + 1)
        call = CALLS[(tree + level) % len(CALLS)].format(below=below) if level + 1 < DEPTH else "return gate.switch()"
        exec(SOURCE.format(tree=tree, level=level, call=call), names)
    return names["t%d_0" % tree]


def work(run, tree, gate):
    for depth in itertools.count(tree):
        # Some end after a while.
        if depth > 40 + tree:
            return
        run(depth * 7 % DEPTH, gate)


def main():
    trees = [make_tree(tree) for tree in range(int(sys.argv[1]))]
    gate = greenlet.getcurrent()
    kept = [None] * len(trees)
    print("READY", flush=True)
    while True:
        for tree, run in enumerate(trees):
            if kept[tree] is None or kept[tree].dead:
                kept[tree] = greenlet.greenlet(work)
                kept[tree].switch(run, tree, gate)
            else:
                kept[tree].switch()


main()
