"""What programs of tasks say of their own coroutines. Imported by programs of this folder; runs on 3.8 and later."""

import ctypes
import gc
import sys


def address_of(frame):
    """Of the evaluation loop's own frame."""
    if frame is None or sys.version_info < (3, 11):
        return 0 if frame is None else id(frame)
    word = ctypes.sizeof(ctypes.c_void_p)
    return ctypes.c_size_t.from_address(id(frame) + object.__basicsize__ + word).value


def await_frames(awaited):
    """[code, line] of all frames of a suspended coroutine, the outermost first."""
    frames = []
    while awaited is not None:
        for prefix, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = getattr(awaited, prefix + "_frame", None)
            if frame is not None:
                frames.append([id(frame.f_code), frame.f_lineno])
                awaited = getattr(awaited, inner)
                break
        else:
            # What `async for` awaits does not say of which generator it is.
            awaited = next((each for each in gc.get_referents(awaited) if hasattr(each, "ag_frame")), None)
    return frames
