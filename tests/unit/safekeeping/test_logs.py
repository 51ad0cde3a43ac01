"""A log of lines: on the disk before anything is done, without what a killed writer left, and never through a link."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.safekeeping.faults import Quick
from upgradecheck.formats.hash_chain import read_chain
from upgradecheck.safekeeping.directory import Directory, opened
from upgradecheck.safekeeping.errors import NotSaved, PlaceRefused
from upgradecheck.safekeeping.logs import LARGEST, AppendLog, appending
from upgradecheck.safekeeping.system import System


@contextmanager
def log(folder: Path, system: System) -> Iterator[AppendLog]:
    folder.chmod(0o700)
    with opened(str(folder), live=True, system=system) as directory:
        assert isinstance(directory, Directory)
        data = directory.read("log", LARGEST)
        with appending(directory, "log", read_chain(data if isinstance(data, bytes) else b"")) as opened_log:
            yield opened_log


class Full(Quick):
    """A disk that takes half a line."""

    def write(self, descriptor: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data[: len(data) // 2])


def entries(folder: Path) -> list[object]:
    return [dict(entry) for entry in read_chain((folder / "log").read_bytes()).entries]


def test_lines_follow_each_other_from_writer_to_writer(tmp_path: Path) -> None:
    for text in ("a", "b"):
        with log(tmp_path, Quick()) as opened_log:
            opened_log.append({"text": text})
            assert (opened_log.lines, opened_log.head) == (len(entries(tmp_path)), read_chain((tmp_path / "log").read_bytes()).head)
    assert entries(tmp_path) == [{"text": "a"}, {"text": "b"}]
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_half_a_line_is_told_and_cut_off_by_the_next_writer(tmp_path: Path) -> None:
    with log(tmp_path, Quick()) as opened_log:
        opened_log.append({"text": "a"})
    whole = (tmp_path / "log").read_bytes()
    with log(tmp_path, Full()) as opened_log, pytest.raises(NotSaved) as caught:
        opened_log.append({"text": "b"})
    assert str(caught.value) == (
        f"{tmp_path}/log: cannot be written (No space left on device). Nothing was done that it does not tell of; mend that, and run the"
        " same command again to go on."
    )
    assert (tmp_path / "log").read_bytes() != whole
    with log(tmp_path, Quick()):
        assert (tmp_path / "log").read_bytes() == whole


def test_a_log_that_others_could_have_written_is_not_appended_to(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")
    (tmp_path / "log").chmod(0o622)
    with pytest.raises(PlaceRefused, match=r"/log: can be written by others\.\nLook who put it there;"), log(tmp_path, Quick()):
        pass
    (tmp_path / "log").unlink()
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotSaved, match=r"/log: cannot be opened for writing \(Too many levels"), log(tmp_path, Quick()):
        pass
    assert not (tmp_path / "elsewhere").exists()
