"""The proxy and its plan outlive whatever becomes of the plan's file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.field.cases import FOLDER
from tests.patience import PATIENCE
from upgradecheck.model.errors import InputError
from upgradecheck.override import planned
from upgradecheck.override.hold.place import keep
from upgradecheck.override.proxy import plan_file
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.plan_file import PlanFile

MAPS = FOLDER / "attack" / "f8"
Fault = Callable[[Path], object]


def of(name: str) -> Fault:
    """Another file in the plan's place."""
    return lambda new: new.write_bytes((MAPS / name).read_bytes())


def text(content: bytes) -> Fault:
    return lambda new: new.write_bytes(content)


def link(target: str) -> Fault:
    return lambda new: new.symlink_to(target)


GOOD = (MAPS / "map-good.json").read_bytes()
FAULTS = [
    pytest.param(of("map-not-utf8.json"), "utf-8", id="no UTF-8"),
    pytest.param(of("map-deep.json"), "recursion", id="nested too deeply"),
    pytest.param(text(GOOD.replace(b'"overrides"', b'"overrides":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b',"y"')), "recursion", id="overrides nested too deeply"),
    pytest.param(text(GOOD.replace(b"1.31.14", b"\xff", 1)), "utf-8", id="a version that is no UTF-8"),
    pytest.param(text(GOOD[: len(GOOD) // 2]), "no plan in JSON", id="half of it"),
    pytest.param(text(b""), "no plan in JSON", id="empty"),
    pytest.param(text(b"null"), "no plan in JSON", id="nothing in JSON"),
    pytest.param(text(b" " * 70_000), "is larger than 0 MiB", id="too large"),
    pytest.param(os.mkfifo, "is a named pipe, not a file", id="a named pipe that nobody writes"),
    pytest.param(Path.mkdir, "is a directory, not a file", id="a directory"),
    pytest.param(link("/dev/zero"), "is a device, not a file", id="a device without an end"),
    pytest.param(link("loop"), "is not there", id="a link to nothing"),
    pytest.param(None, "is not there", id="gone"),
]  # fmt: skip


@pytest.mark.parametrize("damaged", [b"", GOOD[:100], GOOD.replace(b"1.31.14", b"1.31.13", 1), None])
def test_a_map_of_hold_that_is_damaged_at_a_start_is_served_from_its_copy(tmp_path: Path, damaged: bytes | None) -> None:
    """At a boot nobody is there to mend it, and a kubelet whose proxy does not listen has no runtime."""
    tmp_path.chmod(0o700)
    place, told, counters = tmp_path / "map.json", list[str](), Counters()
    keep(str(place), GOOD)
    place.unlink() if damaged is None else place.write_bytes(damaged)
    served = PlanFile(str(place), counters, told.append)
    assert served.rewriter.size > 0
    assert (counters.refused_plans, "map.json.bak, is used until that is mended" in told[0]) == (1, True)
    keep(str(place), GOOD)
    served.refresh()
    assert counters.reloads == 1, "mended, it is taken over"
    (tmp_path / "map.json.bak").write_bytes(b"{")
    place.unlink()
    with pytest.raises(InputError, match=r"map\.json: is not there"):
        PlanFile(str(place), counters, told.append)


def test_what_stands_beside_a_plan_of_somebodys_own_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b"{")
    (tmp_path / "plan.json.bak").write_bytes(GOOD)
    with pytest.raises(InputError):
        PlanFile(str(tmp_path / "plan.json"), Counters(), lambda _: None)


LIVED_THROUGH: tuple[tuple[Fault | None, str], ...] = (
    (of("map-not-utf8.json"), "utf-8"),
    (of("map-deep.json"), "recursion"),
    (os.mkfifo, "is a named pipe, not a file"),
    (None, "is not there"),
)


def put(plan: Path, fault: Fault | None) -> None:
    """Has something else stand in the plan's place, at once."""
    if plan.is_dir():
        plan.rmdir()
    if fault is None:
        plan.unlink(missing_ok=True)
        return
    new = plan.with_name("new")
    fault(new)
    if new.is_dir():
        plan.unlink(missing_ok=True)
    new.rename(plan)


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_a_plan_that_cannot_be_used_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault | None, said: str
) -> None:
    monkeypatch.setattr(planned, "_LARGEST", 1 << 16)
    plan, told, counters = tmp_path / "plan.json", list[str](), Counters()
    plan.write_bytes(GOOD)
    served = PlanFile(str(plan), counters, told.append)
    first = served.rewriter
    put(plan, fault)
    served.refresh()
    served.refresh()
    assert served.rewriter is first
    assert (counters.refused_plans, counters.reloads, counters.containers, len(told)) == (1, 0, 1, 1)
    assert said in told[0].lower() or said in told[0]
    assert told[0].endswith("The plan before it stays in use.")
    with pytest.raises(InputError):
        PlanFile(str(plan), counters, told.append)
    put(plan, of("map-good.json"))
    served.refresh()
    assert (served.rewriter is first, counters.reloads) == (False, 1)


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError(), UnicodeError(), KeyError("x"), OSError(5, "Input/output error")], ids=repr
)
def test_no_fault_of_ours_ends_it_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    plan, told, counters = tmp_path / "plan.json", list[str](), Counters()
    plan.write_bytes(GOOD)
    served = PlanFile(str(plan), counters, told.append)
    first = served.rewriter

    def fails(*_: str) -> None:
        raise error

    monkeypatch.setattr(plan_file, "read_plan", fails)
    plan.write_bytes(GOOD + b" ")
    served.refresh()
    assert (served.rewriter is first, counters.refused_plans) == (True, 1)
    assert told == [f"--map {plan}: cannot be taken over ({type(error).__name__}). The plan before it stays in use."]


_LOOKS_OFTEN = """
import sys
from upgradecheck.cli import process
from upgradecheck.override.proxy import serving
serving._LOOK_EVERY = 0.05
sys.exit(process())
"""
"""The program, which looks for another plan twenty times a second."""


def test_a_proxy_lives_through_all_of_it(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    shutil.copy(MAPS / "map-good.json", plan)
    command = [sys.executable, "-c", _LOOKS_OFTEN, "override", "proxy", "--listen", str(tmp_path / "p.sock")]
    command += ["--upstream", str(tmp_path / "runtime.sock"), "--map", str(plan)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert "1 container in the plan" in process.stderr.readline()
        for fault, said in (*LIVED_THROUGH, (of("map-good.json"), "taken over"), (os.mkfifo, "is a named pipe, not a file")):
            put(plan, fault)
            line = process.stderr.readline()
            assert said in line.lower() or said in line
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_file_system_that_never_answers_keeps_no_stop_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event, Thread

    from upgradecheck.override.proxy import serving

    plan, asked, never, stop = tmp_path / "plan.json", Event(), Event(), Event()
    plan.write_bytes(GOOD)

    def hangs(_: PlanFile) -> None:
        asked.set()
        never.wait(PATIENCE)

    monkeypatch.setattr(serving, "_LOOK_EVERY", 0.01)
    monkeypatch.setattr(PlanFile, "refresh", hangs)
    settings = serving.ProxySettings(str(tmp_path / "p.sock"), str(tmp_path / "runtime.sock"), str(plan))
    server = Thread(target=serving.serve, args=(settings, stop, lambda _: None))
    server.start()
    assert asked.wait(PATIENCE)
    stop.set()
    began = time.monotonic()
    server.join(PATIENCE / 2)
    never.set()
    assert not server.is_alive(), time.monotonic() - began
