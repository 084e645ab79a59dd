"""Code objects that are made, run and freed, each where the one before it was, with another name, file and line table."""

import marshal

from ready import ready

COUNT = 64


def make(number):
    """All of the same size, names and files too, so that memory comes back the same; what they call is on other lines."""
    name = "made_%04d" % number
    lines = ["def %s(leaf):" % name, " for i in range(3):"]
    gaps = [number % 8, (number // 8) % 8]
    for gap in gaps:
        lines += [""] * gap + ["  leaf()"]
    lines.append("%s_used = %s" % (name, name))
    code = compile("\n".join(lines), "/made/%s.py" % name, "exec")
    (function,) = [constant for constant in code.co_consts if hasattr(constant, "co_code")]
    return marshal.dumps(function)


def red_leaf():
    pass


def blue_leaf():
    pass


def run(data, leaf):
    function_type(marshal.loads(data), {"range": range})(leaf)


function_type = type(run)
made = [make(number) for number in range(COUNT)]


def main():
    ready()
    while True:
        for number in range(0, COUNT, 2):
            run(made[number], red_leaf)
            run(made[number + 1], blue_leaf)


main()
