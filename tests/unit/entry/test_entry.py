"""What a name may lead to beside a file: told in one line, never waited for without end, never read without a limit."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from upgradecheck.entry import head_of, open_file, read_file


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "it is a device, no file", id="a device that gives bytes without end"),
        pytest.param(lambda path: path.symlink_to("/dev/null"), "it is a device, no file", id="a device that gives none"),
        pytest.param(_socket, "it is a socket, no file", id="a socket"),
        pytest.param(Path.mkdir, "Is a directory", id="a directory"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "No such file or directory", id="a link that leads nowhere"),
        pytest.param(lambda path: path.symlink_to(path.name), "Too many levels of symbolic links", id="a link to itself"),
        pytest.param(_sparse, "it is larger than 2 MiB", id="a terabyte"),
    ],
)
def test_what_is_no_file_to_read(make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    make(tmp_path / "f")
    with pytest.raises(OSError, match=r".") as caught:
        read_file(tmp_path / "f", 2 << 20)
    assert caught.value.strerror == message


def test_a_pipe_that_nobody_writes_into_is_not_waited_for_without_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    with pytest.raises(TimeoutError) as caught:
        open_file(tmp_path / "f", patience=0.05)
    assert caught.value.strerror == "it is a pipe, and nobody wrote into it for 0.05 seconds"


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    writer = threading.Thread(target=(tmp_path / "f").write_bytes, args=(b"x" * 300_000,))
    writer.start()
    assert read_file(tmp_path / "f") == b"x" * 300_000
    writer.join()


def test_a_pipe_of_the_shell_has_its_writer_from_the_beginning() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)
    assert read_file(f"/dev/fd/{reading}") == b"{}"
    os.close(reading)


def test_the_head_of_a_file_and_of_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    os.mkfifo(tmp_path / "p")
    assert (head_of(tmp_path / "f", 3), head_of(tmp_path / "f", 9), head_of(tmp_path / "p", 9)) == (b"123", b"12345", b"")
