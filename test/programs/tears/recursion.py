"""Two recursions to ever another depth, over the borders of the data stack's 16 KiB chunks (3.11 and later); one has frames of 4 KiB."""

from ready import ready


def red_small(left):
    if left:
        red_small(left - 1)
    else:
        red_bottom()


def red_bottom():
    pass


def blue_small(left):
    if left: blue_small(left - 1)
    else:
        blue_bottom()


def blue_bottom():
    pass


def make_wide(name, count):
    """A recursive function with `count` local variables, which it never sets: its frame is large, and quickly made."""
    names = " = ".join("v%d" % number for number in range(count))
    text = "def {0}(left):\n  if left is None: {1} = 0\n  if left: {0}(left - 1)\n  else: blue_small(3)\n".format(name, names)
    made = {"blue_small": blue_small}
    exec(compile(text, "/made/%s.py" % name, "exec"), made)
    return made[name]


blue_wide = make_wide("blue_wide", 500)
blue_huge = make_wide("blue_huge", 2500)


def main():
    ready()
    while True:
        for depth in range(90, 240, 7):
            red_small(depth)
            blue_small(depth - 3)
            blue_wide(depth // 20)
            red_small(2)
            blue_huge(1)


main()
