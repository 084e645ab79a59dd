"""Prints what this interpreter itself says about the line tables of many of its own functions, as one line of JSON.

Per code object: [first line, table in hex, lines, positions]; `lines[0]` is for offset -1, `lines[i + 1]` for the
instruction at 2 * i bytes (PyCode_Addr2Line; -1: none); `positions` is null before 3.11, else co_positions() with
-1 for None. Arguments: module names; "--every N" keeps each N-th code object.
"""

import ctypes
import importlib.util
import json
import sys

address_to_line = ctypes.pythonapi.PyCode_Addr2Line
address_to_line.argtypes = [ctypes.py_object, ctypes.c_int]


def code_objects(module):
    spec = importlib.util.find_spec(module)
    pending = [compile(spec.loader.get_data(spec.origin), spec.origin, "exec")]
    while pending:
        code = pending.pop()
        pending.extend(constant for constant in code.co_consts if isinstance(constant, type(code)))
        yield code


def hand_made():
    """Shapes that ordinary modules seldom have: long jumps of line and column, lines that go back, no lines at all."""
    sources = [
        "def f():\n" + "\n" * 1000 + "    return (" + "\n" * 300 + "1 + x" + "\n" * 200 + ")\n",
        "x = " + "(" * 30 + " " * 400 + "a + b" + ")" * 30 + "\n",
        "def g(a):\n    try:\n        with a as b:\n            yield from b\n    finally:\n        del a\n",
        "async def h(a):\n    async for x in a:\n        async with x as y:\n            await y\n    return [z async for z in a if await z]\n",
        "\u00e9\u4e2d = '\U0001f600'; f(\u00e9\u4e2d, g(1,\n  2), '\u20ac' + \u00e9\u4e2d)\n",
        "f(\n a,\n b(\n  c\n ).d(\n  e\n ),\n" + "\n" * 150 + " z)\n",
    ]
    for source in sources:
        pending = [compile(source, "<made>", "exec")]
        while pending:
            code = pending.pop()
            pending.extend(constant for constant in code.co_consts if isinstance(constant, type(code)))
            yield code


def truth(code):
    table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
    offsets = [-1, *range(0, len(code.co_code), 2)]
    positions = None
    if sys.version_info >= (3, 11):
        positions = [[-1 if part is None else part for part in position] for position in code.co_positions()]
    return [code.co_firstlineno, table.hex(), [address_to_line(code, offset) for offset in offsets], positions]


arguments = sys.argv[1:]
every = 1
if arguments[0] == "--every":
    every = int(arguments[1])
    arguments = arguments[2:]
result = [truth(code) for code in hand_made()]
for module in arguments:
    result.extend(truth(code) for index, code in enumerate(code_objects(module)) if index % every == 0)
kind = "locations" if sys.version_info >= (3, 11) else "pep626" if sys.version_info >= (3, 10) else "lnotab"
print(json.dumps({"version": sys.version.split()[0], "kind": kind, "codes": result}, separators=(",", ":")))
