"""Whether a unit is what its process was started by, on a machine in miniature."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from upgradecheck.machine.containerd_files import configuration_files
from upgradecheck.machine.node import Machine
from upgradecheck.machine.unit_changes import changed_since_start, containerd_changed_since_start

PID, UNIT = 7, "containerd.service"
HOUR = 3600.0


def machine(at: Path, ago: float) -> Machine:
    """Its process 7 began so many seconds ago."""
    stat = at / "proc" / str(PID) / "stat"
    stat.parent.mkdir(parents=True)
    since = int((time.clock_gettime(time.CLOCK_BOOTTIME) - ago) * 100)
    stat.write_text(f"{PID} (a) b) {' '.join(['S', *['1'] * 18, str(since)])}")
    return Machine(proc=at / "proc", root=at, ticks=100)


def written(at: Path, place: str, text: str = "[Service]\n") -> None:
    file = at / place.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    "place", [f"/lib/systemd/system/{UNIT}", f"/etc/systemd/system/{UNIT}.d/99-broken.conf", f"/run/systemd/system/{UNIT}"]
)
def test_a_file_that_came_after_the_start(place: str, tmp_path: Path) -> None:
    written(tmp_path, place)
    assert changed_since_start(machine(tmp_path, HOUR), PID, UNIT) == place


def test_an_environment_file_counts(tmp_path: Path) -> None:
    written(tmp_path, "/etc/default/containerd", "X=1\n")
    written(tmp_path, f"/lib/systemd/system/{UNIT}", "[Service]\nEnvironmentFile=-/etc/default/containerd\n")
    here = machine(tmp_path, HOUR)
    assert changed_since_start(here, PID, UNIT) == f"/lib/systemd/system/{UNIT}"


def test_a_unit_that_is_a_link_is_called_by_its_own_place(tmp_path: Path) -> None:
    written(tmp_path, "/opt/containerd.service")
    unit = tmp_path / f"etc/systemd/system/{UNIT}"
    unit.parent.mkdir(parents=True)
    unit.symlink_to(tmp_path / "opt/containerd.service")
    assert changed_since_start(machine(tmp_path, HOUR), PID, UNIT) == f"/etc/systemd/system/{UNIT}"


def test_what_a_start_has_tried_and_what_is_of_others(tmp_path: Path) -> None:
    written(tmp_path, f"/lib/systemd/system/{UNIT}")
    written(tmp_path, f"/lib/systemd/system/{UNIT}.d/README")
    assert changed_since_start(machine(tmp_path, -HOUR), PID, UNIT) is None
    written(tmp_path, "/lib/systemd/system/docker.service")
    (tmp_path / f"lib/systemd/system/{UNIT}").unlink()
    assert changed_since_start(machine(tmp_path / "again", HOUR), PID, UNIT) is None


def test_a_process_that_has_ended_tells_nothing(tmp_path: Path) -> None:
    written(tmp_path, f"/lib/systemd/system/{UNIT}")
    assert changed_since_start(machine(tmp_path, HOUR), PID + 1, UNIT) is None


CONFIG = """version = 2
imports = [
  "/opt/more.toml",  # both
  'conf.d/*.toml',
]
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("containerd",), ["/etc/containerd/config.toml", "/opt/more.toml", "/etc/containerd/conf.d/99.toml"]),
        (("containerd", "-c", "/x/c.toml"), ["/x/c.toml", "/opt/more.toml", "/x/conf.d/a.toml"]),
        (("containerd", "--config=/x/c.toml"), ["/x/c.toml", "/opt/more.toml", "/x/conf.d/a.toml"]),
        (("containerd", "--config"), ["/etc/containerd/config.toml", "/opt/more.toml", "/etc/containerd/conf.d/99.toml"]),
        (("containerd", "--config", "/gone.toml"), ["/gone.toml"]),
    ],
)
def test_what_a_configuration_takes_in(words: tuple[str, ...], expected: list[str], tmp_path: Path) -> None:
    for one in ("/etc/containerd/config.toml", "/x/c.toml"):
        written(tmp_path, one, CONFIG)
    for one in ("/opt/more.toml", "/etc/containerd/conf.d/99.toml", "/etc/containerd/certs.d/docker.io/hosts.toml", "/x/conf.d/a.toml"):
        written(tmp_path, one, "")
    found = list(configuration_files(machine(tmp_path, HOUR), words))
    assert [one for one in dict.fromkeys(found) if expected[0].startswith("/etc") or not one.startswith("/etc")] == expected


@pytest.mark.parametrize(
    ("written_since", "program", "changed"),
    [
        pytest.param("/etc/containerd/config.toml", "/usr/bin/containerd", "/etc/containerd/config.toml", id="its configuration"),
        pytest.param("/etc/containerd/conf.d/99.toml", "/usr/bin/containerd", "/etc/containerd/conf.d/99.toml", id="what that takes in"),
        pytest.param("/usr/bin/containerd", "/usr/bin/containerd", "/usr/bin/containerd", id="its program"),
        pytest.param("/x", "/usr/bin/containerd (deleted)", "/usr/bin/containerd", id="its program, replaced by an older file"),
        pytest.param("/etc/containerd/certs.d/docker.io/hosts.toml", "/usr/bin/containerd", None, id="what it reads as it runs"),
    ],
)
def test_what_containerd_is_started_from_counts(written_since: str, program: str, changed: str | None, tmp_path: Path) -> None:
    written(tmp_path, written_since)
    here = machine(tmp_path, HOUR)
    (here.proc / str(PID) / "exe").symlink_to(program)
    assert containerd_changed_since_start(here, PID, ("containerd",)) == changed
    assert containerd_changed_since_start(here, PID + 1, ("containerd",)) is None, "has ended"
    tried = machine(tmp_path / "tried", -HOUR)
    written(tmp_path / "tried", written_since)
    (tried.proc / str(PID) / "exe").symlink_to("/usr/bin/containerd")
    assert containerd_changed_since_start(tried, PID, ("containerd",)) is None, "it has started since"
