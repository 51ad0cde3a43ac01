"""What the DaemonSet upgradecheck-units does to a node: what is named is there, what is not is gone, and nobody else's file is touched.

The program and the systemd are imitated; tests/lab/fleet has it done on a real node.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.kustomized import FOLDER
from tests.deploy.test_getting import ROOT
from tests.patience import PATIENCE

SCRIPT = FOLDER / "parts/units/install.py"
RECORD, HOLD = "50-upgradecheck.conf", "60-upgradecheck-hold.conf"
RETURNED, REFUSED = 2, 3


def answer(kind: int, serial: int, body: bytes = b"") -> bytes:
    """A message of D-Bus that answers another."""
    fields = struct.pack("<BB2sI", 5, 1, b"u\0", serial)
    return struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), 9, len(fields)) + fields + body


class Systemd(threading.Thread):
    """Listens as systemd does for root, and answers each call; asked: the calls."""

    def __init__(self, path: Path, answers: bytes) -> None:
        super().__init__(daemon=True)
        self.asked: list[bytes] = []
        self._answers, self._socket = answers, socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()

    def run(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line, line.makefile("rb") as said:
                if said.readline() != b"\0AUTH EXTERNAL 30\r\n":
                    continue
                assert said.readline() == b"BEGIN\r\n"
                line.sendall(b"OK 0123\r\n")
                head = said.read(16)
                (size,) = struct.unpack("<I", head[12:])
                self.asked.append(head + said.read(size + -size % 8))
                line.sendall(self._answers)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.join(PATIENCE)


class Release:
    """In the place of a Python with all that it needs: a script that says that it is the program."""

    name = "one"

    def words(self, root: Path) -> list[str]:
        return ["sh", f"{root}/program"]

    def copy(self, into: Path) -> None:
        into.mkdir(parents=True)
        (into / "program").write_text("echo upgradecheck 0\n")


@pytest.fixture(name="install")
def _install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module, with a program that is called as in the image."""
    told = importlib.util.spec_from_file_location("install", SCRIPT)
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    program = tmp_path / "image/bin/upgradecheck"
    program.parent.mkdir(parents=True)
    run = f"import sys; sys.argv[0] = {str(program)!r}; from upgradecheck.cli import process; sys.exit(process())"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -c \"{run}\" \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(module, "PROGRAM", program)
    monkeypatch.setattr(module, "PLACE", program.parents[1])
    monkeypatch.setattr(module, "Release", Release)
    return module


@pytest.fixture(name="root")
def _root(install: Any) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # short, as the path of a socket has to be
        root = Path(folder)
        for path in (install.UNITS, install.MANAGER.parent, install.PLACE):
            (root / path.relative_to("/")).mkdir(parents=True)
        yield root


@pytest.fixture(name="systemd")
def _systemd(root: Path) -> Iterator[Systemd]:
    systemd = Systemd(root / "run/systemd/private", answer(4, 0) + answer(RETURNED, 1))  # a signal of another matter first
    systemd.start()
    yield systemd
    systemd.close()


def drop_ins(root: Path, unit: str = "kubelet") -> dict[str, str]:
    folder = root / f"etc/systemd/system/{unit}.service.d"
    return {one.name: one.read_text() for one in folder.iterdir()} if folder.is_dir() else {}


def test_what_is_named_is_there_and_what_is_not_is_gone(install: Any, root: Path, systemd: Systemd) -> None:
    node, place = install.Node(root, "kubelet"), root / install.PLACE.relative_to("/")
    node.install(("record", "hold"))
    found = drop_ins(root)
    program = str(install.PROGRAM)
    assert set(found) == {RECORD, HOLD}
    assert f"ExecStartPost=-/usr/bin/timeout -k 2 50 {program} checkpoint record --config none\n" in found[RECORD]
    assert f"ExecStartPre=-/usr/bin/timeout -k 2 60 {program} override hold --seconds 50s --config none\n" in found[HOLD]
    launcher = place / "bin/upgradecheck"
    assert launcher.read_text().splitlines()[-1] == f'exec sh {install.PLACE}/releases/one/program "$@"'
    assert (os.access(launcher, os.X_OK), len(systemd.asked)) == (True, 1)
    node.install(("record", "hold"))
    assert len(systemd.asked) == 1, "nothing was new"
    node.install(("record",))
    assert (set(drop_ins(root)), len(systemd.asked)) == ({RECORD}, 2)
    node.install(())
    assert (drop_ins(root), len(systemd.asked), list((place / "bin").iterdir()), (place / "releases").exists()) == ({}, 3, [], False)
    node.install(())
    assert len(systemd.asked) == 3


def test_it_runs_as_its_manifest_says(install: Any, root: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    (container,) = yaml.safe_load((SCRIPT.parent / "units.yaml").read_text())["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["/opt/upgradecheck/bin/python", "/install/install.py"]
    once = [one for one in container["args"] if not one.startswith("--every")]
    monkeypatch.setattr(sys, "argv", ["install.py", *once, f"--host-root={root}"])
    assert (install.main(), set(drop_ins(root)), len(systemd.asked)) == (0, {RECORD}, 1)


def test_the_call_is_one_to_reload(install: Any, root: Path, systemd: Systemd) -> None:
    install.reload(root / "run/systemd/private")
    (asked,) = systemd.asked
    assert asked[:4] == b"l\x01\0\x01"
    assert len(asked) % 8 == 0
    for text in (b"/org/freedesktop/systemd1", b"org.freedesktop.systemd1", b"org.freedesktop.systemd1.Manager", b"Reload"):
        assert struct.pack("<I", len(text)) + text + b"\0" in asked


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(answer(REFUSED, 1, struct.pack("<I", 6) + b"it may\0"), "it may", id="an error"),
        pytest.param(b"", "it hung up", id="nothing"),
    ],
)
def test_a_systemd_that_does_not_reload_is_told_of(
    said: bytes, words: str, install: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = Systemd(root / "run/systemd/private", said)
    systemd.start()
    install.Node(root, "kubelet").install(("record",))
    systemd.close()
    assert f"({words}): they count from its next daemon-reload, or the next boot, on." in capsys.readouterr().err
    assert set(drop_ins(root)) == {RECORD}


def test_a_release_takes_the_place_of_another(
    install: Any, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    node, place = install.Node(root, "k3s-agent"), root / install.PLACE.relative_to("/")
    node.install(("record",))
    assert "systemd-run" in drop_ins(root, "k3s-agent")[RECORD]
    assert "no such file" in capsys.readouterr().err.lower()  # no systemd is there
    monkeypatch.setattr(Release, "name", "two")
    node.install(("record",))
    assert {one.name for one in (place / "releases").iterdir()} == {"one", "two"}, "what is replaced may be at work"
    node.install(("record",))
    assert [one.name for one in (place / "releases").iterdir()] == ["two"]
    assert "/releases/two/" in (place / "bin/upgradecheck").read_text()
    monkeypatch.setattr(Release, "name", "three")
    monkeypatch.setattr(Release, "words", lambda self, root: ["sh", "-c", "echo broken >&2; exit 1"])
    with pytest.raises(install.Failed, match="does not run: broken"):
        node.install(("record",))
    assert "/releases/two/" in (place / "bin/upgradecheck").read_text()
    assert (place / "releases/two").is_dir()


def test_a_copy_that_was_damaged_is_made_anew(install: Any, root: Path) -> None:
    place = root / install.PLACE.relative_to("/")
    install.Node(root, "kubelet").install(("record",))
    (place / "releases/one/program").write_text("exit 3\n")
    install.Node(root, "kubelet").install(("record",))
    assert (place / "releases/one/program").read_text() == "echo upgradecheck 0\n"


def test_somebody_elses_file_is_left(install: Any, root: Path) -> None:
    folder = root / "etc/systemd/system/kubelet.service.d"
    folder.mkdir()
    (folder / RECORD).write_text("[Service]\n")
    with pytest.raises(install.Failed, match="somebody else's"):
        install.Node(root, "kubelet").install(("record",))
    install.Node(root, "kubelet").install(())
    assert drop_ins(root) == {RECORD: "[Service]\n"}


@pytest.mark.parametrize("words", [["hold"], ["record", "all"]])
def test_what_cannot_be_asked(words: list[str]) -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "hold needs record" in done.stderr or "is neither record nor hold" in done.stderr
