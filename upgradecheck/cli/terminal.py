"""What the terminal can take: its width, whether it wants colour, and a line that shows that work goes on."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from upgradecheck.cli.groups import Color
from upgradecheck.renderers import Canvas

_WIDTH_OFF_TERMINAL = 100
_PATIENCE_SECONDS = 1.0
_CLEAR_LINE = "\r\x1b[K"


def stdout_canvas(color: Color) -> Canvas:
    """For a report on standard output."""
    width = shutil.get_terminal_size((_WIDTH_OFF_TERMINAL, 0)).columns
    return Canvas(width=width, color=wants_color(color, sys.stdout, os.environ))


def file_canvas(color: Color) -> Canvas:
    """For a report in a file: coloured only if that was asked for."""
    return Canvas(width=_WIDTH_OFF_TERMINAL, color=color is Color.ALWAYS)


def wants_color(color: Color, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether to colour: as told, else on a terminal that is not dumb and unless NO_COLOR is set (https://no-color.org)."""
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    return stream is not None and stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


@contextmanager
def progress(*, wanted: bool) -> Iterator[Callable[[str], None]]:
    """Counts the seconds on stderr while the body runs, if that is a terminal and it takes longer than one; then wipes it.

    What it gives is told how far the work is, and shows that too.
    """
    told: list[str] = []
    if not wanted or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield told.append
        return
    done = threading.Event()
    thread = threading.Thread(target=_count_seconds, args=(done, sys.stderr, told), daemon=True)
    thread.start()
    try:
        yield told.append
    finally:
        done.set()
        thread.join()


def _count_seconds(done: threading.Event, stream: TextIO, told: list[str]) -> None:
    start = time.monotonic()
    shown = False
    while not done.wait(_PATIENCE_SECONDS):
        stream.write(f"{_CLEAR_LINE}reading and hashing, {time.monotonic() - start:.0f} s{': ' + told[-1] if told else ''}")
        stream.flush()
        shown = True
    if shown:
        stream.write(_CLEAR_LINE)
        stream.flush()
