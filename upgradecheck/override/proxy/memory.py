"""How the C library hands out memory to a process that copies lists of hundreds of kilobytes at every call."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_KEEP = 32 << 20


def keep_freed_memory() -> None:
    """Lets glibc keep what is freed, in one arena for all threads, instead of giving it back and asking for it anew at every call.

    Asking anew costs more than rewriting does (measured: 1.2 against 0.15 ms for a list of 370 kB). Other C libraries stay as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _KEEP), (_M_TRIM_THRESHOLD, _KEEP)):
        mallopt(option, value)
