"""A file that several writers add lines to: each line whole, whatever fails or dies, and nothing ever taken out."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from tests.unit.safekeeping.faults import FAULTS, Fault, Faulty, Killed, Quick
from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.lines import append_line

FIRST, SECOND = b'{"n":1}\n', b'{"n":2}\n'


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_lines_are_added_in_order(log: Path) -> None:
    append_line(str(log), FIRST)
    append_line(str(log), SECOND)
    assert log.read_bytes() == FIRST + SECOND


def test_a_line_that_a_killed_writer_has_begun_stays_and_is_ended(log: Path) -> None:
    log.write_bytes(FIRST + b'{"n":')
    append_line(str(log), SECOND)
    assert log.read_bytes() == FIRST + b'{"n":\n' + SECOND


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_fault_harms_a_line_that_was_there_or_the_next_one(fault: Fault, tmp_path: Path) -> None:
    for number in range(20):
        log = tmp_path / f"{number}.jsonl"
        log.write_bytes(FIRST)
        system = Faulty(fault, number)
        saved = False
        try:
            append_line(str(log), SECOND, system)
            saved = True
        except (NotSaved, Killed):
            pass
        if not system.fired:
            break
        content = log.read_bytes()
        assert content.startswith(FIRST)
        assert (FIRST + SECOND).startswith(content)
        if saved:
            assert content == FIRST + SECOND
        append_line(str(log), b"last\n", Quick())
        assert log.read_bytes().endswith(b"\nlast\n")
        assert log.read_bytes().startswith(content)
    else:
        raise AssertionError("the fault fired at every call")


class Held(Quick):
    """A lock that another process holds for so many tries."""

    def __init__(self, tries: int) -> None:
        self.tries = tries
        self.now = 0.0

    def try_lock(self, descriptor: int) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def monotonic(self) -> float:
        self.now += 1
        return self.now


def test_another_writer_is_waited_for(log: Path) -> None:
    append_line(str(log), FIRST, Held(3))
    assert log.read_bytes() == FIRST


def test_but_not_for_ever(log: Path) -> None:
    with pytest.raises(NotSaved, match="cannot be added to"):
        append_line(str(log), FIRST, Held(1000))
    assert log.read_bytes() == b""


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", tmp_path / "none" / "log"):
        with pytest.raises(NotSaved, match="cannot be added to"):
            append_line(str(place), FIRST)


def _many(path: str, word: str) -> None:
    for number in range(40):
        append_line(path, f"{word * 50}{number}\n".encode(), Quick())


def test_two_writers_write_no_line_into_the_other(log: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_many, args=(str(log), word)) for word in "ab"]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    lines = log.read_text().splitlines()
    assert len(lines) == 80
    assert {line.rstrip("0123456789") for line in lines} == {"a" * 50, "b" * 50}
