"""What was put in place after a dockerd began, and what of it we have done ourselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.machine.test_unit_changes import HOUR, PID, machine, written
from tests.unit.safekeeping.faults import Quick
from upgradecheck.override.docker_changes import changed_since_dockerd_started, note_settings

UNIT, SETTINGS = "docker.service", "/etc/docker/daemon.json"
ON = '{"live-restore": true}'


@pytest.mark.parametrize(
    ("ago", "place", "changed"),
    [
        pytest.param(HOUR, SETTINGS, SETTINGS, id="its settings"),
        pytest.param(HOUR, "/usr/bin/dockerd", "/usr/bin/dockerd", id="its program"),
        pytest.param(HOUR, f"/etc/systemd/system/{UNIT}.d/9.conf", f"/etc/systemd/system/{UNIT}.d/9.conf", id="its unit"),
        pytest.param(HOUR, "/etc/docker/key.json", None, id="what it makes itself"),
        pytest.param(-HOUR, SETTINGS, None, id="settings that it was started with"),
    ],
)
def test_a_start_that_nobody_has_tried(ago: float, place: str, changed: str | None, tmp_path: Path) -> None:
    written(tmp_path, place)
    here = machine(tmp_path, ago)
    (here.proc / str(PID) / "exe").symlink_to("/usr/bin/dockerd")
    assert changed_since_dockerd_started(here, PID, UNIT, SETTINGS, str(tmp_path / "lib" / "override")) == changed


def test_what_we_have_written_ourselves_is_known_for_that_process_and_as_it_was_written(tmp_path: Path) -> None:
    here, place = machine(tmp_path, HOUR), str(tmp_path / "lib" / "override")
    written(tmp_path, SETTINGS, ON)
    note_settings(here, PID, ON.encode(), place, Quick())
    assert changed_since_dockerd_started(here, PID, UNIT, SETTINGS, place) is None
    written(tmp_path, SETTINGS, ON.replace("}", ', "storage-driver": "vfs"}'))
    assert changed_since_dockerd_started(here, PID, UNIT, SETTINGS, place) == SETTINGS
    again = machine(tmp_path / "again", HOUR / 2)
    written(tmp_path / "again", SETTINGS, ON)
    assert changed_since_dockerd_started(again, PID, UNIT, SETTINGS, place) == SETTINGS, "another process of that number"
