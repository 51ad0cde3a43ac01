"""That work goes on, and how far it is: a line on the terminal, wiped at the end, or lines of JSON for a program that started this one.

The terminal's line appears only after a second. A line of JSON is written at most once a second for each stage; the first and the last
are ``begin`` and ``end``, whatever happens between.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from upgradecheck.cli.groups import Output, WhenProgress
from upgradecheck.model.progress import unwatched

if TYPE_CHECKING:
    from upgradecheck.cli.outputs import Wanted
    from upgradecheck.cli.session import Session
    from upgradecheck.model.progress import Progress, Watch

_SECOND = 1.0
_CLEAR_LINE = "\r\x1b[K"
_NARROW = 80
_BYTES, _PODS = "bytes", "pods"


@contextmanager
def progress(session: Session, output: Output) -> Iterator[Watch]:
    """Shows progress on standard error while the body runs, as was asked for; what it gives is to be told how far the work is."""
    if output.progress is WhenProgress.JSON:
        with _in_json(session) as watch:
            yield watch
    elif _may_draw(session, output):
        with _on_terminal(sys.stderr) as watch:
            yield watch
    else:
        yield unwatched


def shows_rows(wanted: Sequence[Wanted]) -> bool:
    """Whether a report goes to a terminal."""
    return sys.stdout is not None and sys.stdout.isatty() and any(report.file is None for report in wanted)


def _may_draw(session: Session, output: Output) -> bool:
    wanted = session.may_draw and not output.no_progress and output.progress is WhenProgress.AUTO
    return wanted and sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def _in_json(session: Session) -> Iterator[Watch]:
    from upgradecheck.contract.v1.progress import line

    start = time.monotonic()
    last: dict[str, float] = {}

    def watch(told: Progress) -> None:
        now = time.monotonic()
        if now - last.get(told.stage, -_SECOND) >= _SECOND or told.done == told.total:
            last[told.stage] = now
            session.show(line(told.stage, now - start, told))

    session.show(line("begin", 0))
    try:
        yield watch
    finally:
        session.show(line("end", time.monotonic() - start))


@contextmanager
def _on_terminal(stream: TextIO) -> Iterator[Watch]:
    told: list[Progress] = []
    done = threading.Event()
    thread = threading.Thread(target=_count_seconds, args=(done, stream, told), daemon=True)
    thread.start()
    try:
        yield told.append
    finally:
        done.set()
        thread.join()


def _count_seconds(done: threading.Event, stream: TextIO, told: list[Progress]) -> None:
    start = time.monotonic()
    shown = False
    while not done.wait(_SECOND):
        words = in_words(told[-1] if told else None, time.monotonic() - start)
        stream.write(f"{_CLEAR_LINE}{_within(words, _columns(stream))}")
        stream.flush()
        shown = True
    if shown:
        stream.write(_CLEAR_LINE)
        stream.flush()


def _columns(stream: TextIO) -> int:
    """Of the terminal; as many as every terminal has, where it does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _NARROW
    except (OSError, ValueError):
        return _NARROW


def _within(words: str, columns: int) -> str:
    """What fits into one row: what runs over into another could not be wiped."""
    return words if len(words) < columns else f"{words[: max(columns - 4, 0)]}..."


def in_words(told: Progress | None, seconds: float) -> str:
    """``reading and hashing, 5 s: 12,000 of 150,000 pods (8%) of https://10.0.0.1:6443``; of files ``reading, 2 s: 120 of 600 MB (20%), in
    dump/pods.json``, then ``hashing, 5 s: …``.
    """
    if told is None:
        return f"reading and hashing, {seconds:.0f} s"
    from upgradecheck.renderers.media.safe_text import safe_text

    of_files = told.stage == _BYTES
    done, total = (_megabytes(told.done), _megabytes(told.total)) if of_files else (told.done, told.total)
    share = f" of {total:,}" if total else ""
    percent = f" ({100 * told.done // told.total}%)" if told.total else ""
    what = "MB" if of_files else told.stage
    where = f" of {safe_text(told.server)}" if told.server else f", in {safe_text(told.file)}" if told.file else ""
    if told.server is None and told.stage == _PODS and done == total:
        return f"deciding, {seconds:.0f} s: {done:,} {told.stage}"
    does = "reading and hashing" if told.server else "reading" if of_files else "hashing"
    return f"{does}, {seconds:.0f} s: {done:,}{share} {what}{percent}{where}"


def _megabytes(number: int | None) -> int:
    return (number or 0) // 1_000_000
