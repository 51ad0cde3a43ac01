"""What must hold on the node before a record is written, and what is said where it does not."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from upgradecheck.machine.runtime import Host, Listener, _config_option
from upgradecheck.override.checks import CheckName, unmet

UNIT = {"LoadState": "loaded", "ActiveState": "active", "KillMode": "process"}
STOPPED = {"LoadState": "loaded", "ActiveState": "inactive", "KillMode": "control-group"}


@dataclass
class ToldHost(Host):
    """A node where all is as it must be, unless told otherwise."""

    uid: int = 0
    pids: tuple[int, ...] = ()
    inside: tuple[str, ...] = ()
    units: Mapping[str, Mapping[str, str]] | None = field(default_factory=lambda: {"containerd.service": UNIT, "kubelet.service": STOPPED})
    loads: bool | None = True
    restarts: list[str] = field(default_factory=list)

    def user(self) -> int:
        return self.uid

    def kubelets(self) -> tuple[int, ...]:
        return self.pids

    def carriers(self) -> tuple[str, ...]:
        return self.inside

    def unit(self, name: str) -> Mapping[str, str] | None:
        return (
            None
            if self.units is None
            else self.units.get(name, {"LoadState": "not-found", "ActiveState": "inactive", "KillMode": "control-group"})
        )

    def configuration_loads(self, listener: Listener) -> bool | None:
        return self.loads


HERE = Listener(7, ("containerd",), "containerd.service")


def units(kubelet: str = "inactive", **containerd: str) -> dict[str, Mapping[str, str]]:
    return {"containerd.service": {**UNIT, **containerd}, "kubelet.service": {**STOPPED, "ActiveState": kubelet}}


@pytest.mark.parametrize(
    ("host", "listener", "expected"),
    [
        pytest.param(ToldHost(), HERE, {}, id="all is as it must be"),
        pytest.param(ToldHost(units=units(kubelet="failed")), HERE, {}, id="a kubelet that has failed"),
        pytest.param(ToldHost(units={"containerd.service": UNIT}), HERE, {}, id="a kubelet that is no unit, and does not run"),
        pytest.param(ToldHost(uid=1000), HERE, {None: "root: this is another user"}, id="not root"),
        pytest.param(ToldHost(pids=(12, 13)), HERE, {CheckName.KUBELET: "it runs (process 12, 13)"}, id="a kubelet runs"),
        pytest.param(ToldHost(units=units(kubelet="activating")), HERE, {CheckName.KUBELET: "its unit is activating"}, id="a kubelet that is about to start again"),
        pytest.param(ToldHost(inside=("k3s",)), HERE, {CheckName.KUBELET: "it runs inside k3s, which also keeps the runtime"}, id="a kubelet inside k3s"),
        pytest.param(ToldHost(units=None), Listener(0), {CheckName.KUBELET: "the processes of the node cannot be seen", CheckName.KILL_MODE: "nobody can tell"}, id="another PID namespace"),
        pytest.param(ToldHost(units=None), HERE, {CheckName.KILL_MODE: "nobody can tell whether a restart"}, id="no systemd"),
        pytest.param(ToldHost(units=units(LoadState="not-found")), HERE, {CheckName.KILL_MODE: "nobody can tell"}, id="a unit that systemd does not know"),
        pytest.param(ToldHost(), Listener(7), {CheckName.KILL_MODE: "nobody can tell whether a restart"}, id="containerd is no unit"),
        pytest.param(ToldHost(units=units(KillMode="control-group")), HERE, {CheckName.KILL_MODE: "KillMode=control-group: its restart would kill every container"}, id="a unit that kills all"),
        pytest.param(ToldHost(units=units(KillMode="mixed")), HERE, {CheckName.KILL_MODE: "KillMode=mixed"}, id="a unit that kills all in the end"),
        pytest.param(ToldHost(loads=False), HERE, {CheckName.CONFIG: '"containerd config dump" fails'}, id="a configuration that does not load"),
        pytest.param(ToldHost(loads=None), HERE, {CheckName.CONFIG: "cannot be run"}, id="nobody to try the configuration"),
        pytest.param(ToldHost(uid=1, pids=(9,), units=units(KillMode="mixed"), loads=False), HERE, {None: "root", CheckName.KUBELET: "it runs", CheckName.KILL_MODE: "mixed", CheckName.CONFIG: "fails"}, id="everything at once"),
    ],
)  # fmt: skip
def test_preconditions(host: ToldHost, listener: Listener, expected: Mapping[CheckName | None, str]) -> None:
    found = {one.name: one.message for one in unmet(host, listener, ())}
    assert list(found) == list(expected)
    assert [words for name, words in expected.items() if words not in found[name]] == []
    skipped = unmet(host, listener, tuple(CheckName))
    assert [one.name for one in skipped] == [name for name in expected if name is None], "root cannot be skipped"


def test_each_message_names_what_skips_it() -> None:
    for one in unmet(ToldHost(pids=(1,), units=units(KillMode="mixed"), loads=False), HERE, ()):
        assert one.name is not None
        assert f"--skip-check {one.name.value}" in one.message


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("containerd",), []),
        (("containerd", "--config", "/a b", "--log-level", "debug"), ["--config", "/a b"]),
        (("containerd", "-c", "/c"), ["--config", "/c"]),
        (("containerd", "--config=/c=d"), ["--config", "/c=d"]),
    ],
)
def test_the_configuration_that_the_running_one_was_given(words: tuple[str, ...], expected: list[str]) -> None:
    assert _config_option(words) == expected


def test_the_socket_tells_who_listens(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(str(tmp_path / "s"))
        here.listen()
        found = Host().listener(str(tmp_path / "s"))
    assert found.pid == os.getpid()
    assert found.command_line == tuple(Path("/proc/self/cmdline").read_bytes().decode().split("\0")[:-1])


def test_a_configuration_is_tried_with_the_options_of_the_running_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "containerd"
    script.write_text('#!/bin/sh\n[ "$1 $2 $3 $4" = "--config /c config dump" ]\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert Host().configuration_loads(Listener(0, ("containerd", "--config", "/c"))) is True
    assert Host().configuration_loads(Listener(0)) is False
    script.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Host().configuration_loads(Listener(0)) is None
