"""Whether the very process that noted itself down still runs: real ones, and what only another node shows."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import since_boot_ms
from upgradecheck.machine.same_process import Life, Process, life_of, this_process

HERE = Machine()


def test_this_one_runs() -> None:
    assert life_of(HERE, this_process(HERE)) is Life.RUNS


def test_one_that_was_killed_has_ended_also_before_anybody_has_waited_for_it() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        noted = replace(this_process(HERE), pid=child.pid, started_ms=since_boot_ms(HERE, child.pid))
        assert life_of(HERE, noted) is Life.RUNS
        child.send_signal(signal.SIGKILL)
        until = time.monotonic() + 10
        while Path(f"/proc/{child.pid}/stat").read_text().rpartition(") ")[2][0] != "Z" and time.monotonic() < until:
            time.sleep(0.01)
        assert life_of(HERE, noted) is Life.ENDED, "a zombie"
        child.wait()
    assert life_of(HERE, noted) is Life.ENDED, "and then nothing"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, Life.RUNS, id="as it was noted"),
        pytest.param({"started_ms": 6_990}, Life.ENDED, id="another one has its number"),
        pytest.param({"pid": 8}, Life.ENDED, id="none has its number"),
        pytest.param({"boot": "before"}, Life.ENDED, id="another boot"),
        pytest.param({"boot": ""}, Life.UNKNOWN, id="no boot was noted"),
        pytest.param({"namespace": "pid:[2]"}, Life.UNKNOWN, id="its numbers count elsewhere"),
        pytest.param({"namespace": ""}, Life.UNKNOWN, id="or nobody knows where"),
        pytest.param({"pid": 0}, Life.UNKNOWN, id="no number was noted"),
        pytest.param({"pid": 9}, Life.UNKNOWN, id="one that is there, and of which nothing can be read"),
    ],
)
def test_what_tells(tmp_path: Path, changed: dict[str, object], expected: Life) -> None:
    machine = _machine(tmp_path)
    assert life_of(machine, replace(Process(7, 7_000, "now", "pid:[1]"), **changed)) is expected


def test_numbers_of_another_namespace_are_known_by_its_first_process(tmp_path: Path) -> None:
    """As where the node's /proc is mounted into a container: ``self`` is another process there, or none."""
    machine = _machine(tmp_path)
    (tmp_path / "self").symlink_to("123456789")
    assert life_of(machine, Process(7, 7_000, "now", "pid:[1]")) is Life.RUNS
    assert life_of(machine, Process(7, 7_000, "now", "pid:[3]")) is Life.UNKNOWN


def test_a_machine_that_tells_no_boot(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    (tmp_path / "sys/kernel/random/boot_id").unlink()
    assert life_of(machine, Process(7, 7_000, "now", "pid:[1]")) is Life.UNKNOWN


def test_where_proc_does_not_tell_nothing_is_noted_but_the_boot(tmp_path: Path) -> None:
    assert this_process(_machine(tmp_path)) == Process(boot="now")


def _machine(proc: Path) -> Machine:
    for name, text in {"sys/kernel/random/boot_id": "now\n", "7/stat": f"7 (hold) {' '.join(['S', *['1'] * 18, '700'])}"}.items():
        (proc / name).parent.mkdir(parents=True)
        (proc / name).write_text(text)
    (proc / "1/ns").mkdir(parents=True)
    (proc / "1/ns/pid").symlink_to("pid:[1]")
    (proc / "9").mkdir()
    return Machine(proc=proc, ticks=100)
