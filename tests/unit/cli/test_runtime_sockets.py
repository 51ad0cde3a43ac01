"""``--cri`` on the command line: what is told of a socket that is none, or silent, or not allowed, and with which exit code."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from tests.patience import PATIENCE
from tests.unit.sources.test_node import SECRET, runtime, serving
from upgradecheck.cli import main
from upgradecheck.sources import node
from upgradecheck.transport import cri

pytestmark = pytest.mark.usefixtures("no_kubelet")
PLAN = ["plan", "--from", "1.29", "--to", "1.30", "-f"]


@pytest.fixture
def plan(tmp_path: Path) -> list[str]:
    """A plan of no pod but those that the runtime tells."""
    (tmp_path / "pods.json").write_text('{"kind": "PodList", "items": []}')
    return [*PLAN, str(tmp_path / "pods.json"), "--node", "node-a", "--cri"]


@contextmanager
def silent(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen(8)
        yield


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(words)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert SECRET not in out + err
    return code, err


@pytest.mark.parametrize(
    ("place", "code", "message"),
    [
        pytest.param("containerd.sock", 64, "--cri 'containerd.sock': is no path of a unix socket", id="relative"),
        pytest.param("unix://containerd.sock", 64, "is no path of a unix socket", id="relative behind a scheme"),
        pytest.param("unix:", 64, "is no path of a unix socket", id="a scheme alone"),
        pytest.param("tcp://127.0.0.1:1", 64, "is no path of a unix socket", id="another scheme"),
        pytest.param("npipe:////./pipe/x", 64, "is no path of a unix socket", id="a named pipe"),
        pytest.param("{here}/none", 1, "No such file or directory", id="missing"),
        pytest.param("unix:{here}/none", 1, "No such file or directory", id="missing behind unix:"),
        pytest.param("unix://{here}/pods.json", 1, "is no socket", id="a regular file"),
        pytest.param("{here}", 1, "is no socket", id="a directory"),
        pytest.param("{here}/pods.json/s", 1, "Not a directory", id="below a file"),
        pytest.param("{here}/dead", 1, "Connection refused", id="a socket that nobody serves any more"),
        pytest.param("/" + "x" * 120, 1, "cannot be reached", id="a path that is too long for a socket"),
    ],
)
def test_odd_places(plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, code: int, message: str) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(tmp_path / "dead"))
    found, err = told([*plan, place.format(here=tmp_path)], capsys)
    assert found == code
    assert message in err
    assert "Wanted the socket of a container runtime" in err


def test_a_silent_socket_ends_with_the_deadline(
    plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.read_node, "__defaults__", (0.6,))
    with silent(tmp_path / "s"):
        began = time.monotonic()
        code, err = told([*plan, str(tmp_path / "s")], capsys)
    assert code == 1
    assert "did not answer in time" in err or "the connection failed" in err
    assert time.monotonic() - began < PATIENCE


def test_auto_goes_on_from_a_silent_socket_to_the_next(
    plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cri, "_AUTO_SECONDS", 2.0)
    monkeypatch.setattr(cri, "WELL_KNOWN", tuple(str(tmp_path / name) for name in ("none", "silent", "disabled", "s")))
    off = {**runtime(), "Version": grpc.StatusCode.UNIMPLEMENTED}
    with silent(tmp_path / "silent"), serving(tmp_path / "disabled", off), serving(tmp_path / "s", runtime()):
        code, err = told([*plan, "auto"], capsys)
    assert (code, err.count("\n")) == (3, 1)  # the gate's line alone
    code, err = told([*plan, "auto"], capsys)
    assert code == 1
    assert "no runtime answers" in err
    assert "Name the socket with --cri SOCKET" in err


def test_a_socket_that_is_not_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("gives up root for another user")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others as a whole
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pods.json").write_text('{"kind": "PodList", "items": []}')
        with silent(folder / "s"):
            (folder / "s").chmod(0o600)
            os.seteuid(65534)
            try:
                code, err = told([*PLAN, str(folder / "pods.json"), "--cri", str(folder / "s")], capsys)
            finally:
                os.seteuid(0)
    assert code == 1
    assert f"{name}/s: cannot be reached (Permission denied)" in err


def test_without_grpcio_the_message_says_what_to_install(
    plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    for place in (str(tmp_path / "s"), "auto"):
        code, err = told([*plan, place], capsys)
        assert code == 1
        assert err.count("\n") == 1
        assert err.endswith("needs grpcio, which is not installed. Install it: pip install 'upgradecheck[node]'.\n")


def test_with_debug_too_the_words_of_a_runtime_stay_its_own(plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path / "s", {**runtime(), "ListContainers": grpc.StatusCode.UNKNOWN}):
        code, err = told([*plan, str(tmp_path / "s"), "--debug", "-vv"], capsys)
    assert code == 1
    assert "ListContainers of runtime.v1 fails with UNKNOWN" in err


def test_the_records_alone_are_a_plan_that_is_not_complete(plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path / "s", runtime()):
        assert main([*plan, f"unix://{tmp_path}/s", "-o", "json"]) == 3
    assert '"nodes_with_evidence":1' in capsys.readouterr().out
