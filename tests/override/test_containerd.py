"""containerd's services over a real socket: what is asked, what is read, and what errors say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from tests.override.node import NEW, SECRET, Runtime, identity, record
from tests.override.service import Service, serving
from upgradecheck.decode.runtime.containerd_record import Stamps
from upgradecheck.model.errors import InputError
from upgradecheck.transport.containerd import containerd
from upgradecheck.transport.cri import CriError

HINT = "Look"


def test_records_are_read_and_written_byte_by_byte(tmp_path: Path) -> None:
    runtime = Runtime()
    runtime.database[identity(1)] = record(1, others={"a": "x" * 5_000_000})
    with serving(tmp_path / "s", Service(runtime)) as path, containerd(path, HINT) as found:
        assert (found.name, found.version) == ("containerd", "1.6.20")
        assert found.records() == runtime.database
        assert found.record(identity(1)) == runtime.database[identity(1)]
        assert found.record(identity(9)) is None
        found.write(identity(0), record(0, NEW))
        assert found.record(identity(0)) == record(0, NEW)
        assert found.pids() == runtime.pids()


def test_cri_shows_a_write_only_after_a_restart(tmp_path: Path) -> None:
    runtime = Runtime()
    with serving(tmp_path / "s", Service(runtime)) as path, containerd(path, HINT) as found:
        before = found.served(identity(0))
        found.write(identity(0), record(0, NEW))
        assert found.served(identity(0)) == before
        runtime.restart()
        after = found.served(identity(0))
        assert after is not None
        assert (after.stamps, after.running, after.started_at) == (Stamps(NEW, None), True, 1_700_000_064)
        assert found.served(identity(9)) is None


def test_a_runtime_that_is_starting_is_waited_for(tmp_path: Path) -> None:
    """First there is no socket, then one on which nobody answers CRI yet, then one who has not read its containers yet."""
    failing = {"Version": grpc.StatusCode.UNAVAILABLE, "ContainerStatus": grpc.StatusCode.UNKNOWN}
    service = Service(Runtime(), failing=failing)
    begun = threading.Event()

    def start() -> None:
        time.sleep(0.3)
        with serving(tmp_path / "s", service):
            time.sleep(0.3)
            del failing["Version"]
            time.sleep(0.3)
            failing.clear()
            begun.wait(20)

    starting = threading.Thread(target=start)
    starting.start()
    try:
        with containerd(str(tmp_path / "s"), HINT, 20) as found:
            assert found.served(identity(0)) is not None
    finally:
        begun.set()
        starting.join()
    with pytest.raises(InputError, match="cannot be reached"), containerd(str(tmp_path / "none"), HINT, 0.3):
        pass


@pytest.mark.parametrize("method", ["List", "Get", "Update", "ContainerStatus"])
@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED])
def test_an_error_is_told_by_its_code_alone(tmp_path: Path, method: str, code: grpc.StatusCode) -> None:
    service = Service(Runtime(), failing={method: code})
    with serving(tmp_path / "s", service) as path, containerd(path, HINT) as found:
        calls: dict[str, Callable[[], object]] = {
            "List": found.records,
            "Get": lambda: found.record(identity(0)),
            "Update": lambda: found.write(identity(0), record(0)),
            "ContainerStatus": lambda: found.served(identity(0)),
        }
        with pytest.raises(CriError, match=f"{method} of .* fails with {code.name}") as caught:
            calls[method]()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "answer"),
    [("List", b"\x0a\x7f"), ("Get", b"\x0a\x02\x10\x01"), ("Get", b"\x0a\x03\x0a\x01x"), ("ContainerStatus", b""), ("List", b"\x0a\x04\x0a\x02id")],
)  # fmt: skip
def test_an_answer_that_is_none_of_containerds(tmp_path: Path, method: str, answer: bytes) -> None:
    service = Service(Runtime(), answers={method: answer})
    with serving(tmp_path / "s", service) as path, containerd(path, HINT) as found:
        calls: dict[str, Callable[[], object]] = {
            "List": found.records,
            "Get": lambda: found.record("x"),
            "ContainerStatus": lambda: found.served("x"),
        }
        with pytest.raises(InputError, match="not containerd's"):
            calls[method]()
