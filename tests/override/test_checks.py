"""What must hold on the node before a record is written, and what is said where it does not."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from upgradecheck.machine import runtime
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet
from upgradecheck.machine.runtime import Host, Listener, Started, _config_option
from upgradecheck.override import checks
from upgradecheck.override.checks import CheckName, restart_hindered, unmet

UNIT = {"LoadState": "loaded", "ActiveState": "active", "KillMode": "process", "MainPID": "7"}
STOPPED = {"LoadState": "loaded", "ActiveState": "inactive", "KillMode": "control-group", "MainPID": "0"}
PLUGINS = "/var/lib/kubelet/device-plugins/kubelet.sock"


@dataclass
class ToldHost(Host):
    """A node where all is as it must be, unless told otherwise."""

    uid: int = 0
    pids: tuple[int, ...] = ()
    inside: tuple[RunningKubelet, ...] = ()
    units: Mapping[str, Mapping[str, str]] | None = field(default_factory=lambda: {"containerd.service": UNIT, "kubelet.service": STOPPED})
    loads: bool | None = True
    restarts: list[str] = field(default_factory=list)

    def user(self) -> int:
        return self.uid

    def kubelets(self) -> tuple[RunningKubelet, ...]:
        return (*(RunningKubelet(pid, "kubelet") for pid in self.pids), *self.inside)

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
        pytest.param(ToldHost(pids=(12, 13)), HERE, {CheckName.KUBELET: "it runs (process 12; process 13) and might restart pods meanwhile. Stop it: systemctl stop kubelet ("}, id="a kubelet runs"),
        pytest.param(ToldHost(units=units(kubelet="activating")), HERE, {CheckName.KUBELET: "its unit is activating"}, id="a kubelet that is about to start again"),
        pytest.param(ToldHost(inside=(RunningKubelet(5, "edgecore", inside=True, socket=PLUGINS, unit="edgecore.service"),)), HERE, {CheckName.KUBELET: f"it runs (process 5 (edgecore) serves {PLUGINS}) and might restart pods meanwhile. Stop it: systemctl stop edgecore ("}, id="a kubelet inside another program"),
        pytest.param(ToldHost(inside=(RunningKubelet(5, "edgecore", inside=True, socket=PLUGINS),)), HERE, {CheckName.KUBELET: "Stop that program first."}, id="one that is no unit"),
        pytest.param(ToldHost(inside=(RunningKubelet(9, "kubelet", unit="rke2-agent.service"), RunningKubelet(5, "rke2", inside=True, unit="rke2-agent.service"))), HERE, {CheckName.KUBELET: "it runs (process 9; process 5 (rke2)) and might restart pods meanwhile. Stop it: systemctl stop rke2-agent ("}, id="a kubelet and what started it"),
        pytest.param(ToldHost(inside=(RunningKubelet(5, "k3s", inside=True, socket=PLUGINS, unit="containerd.service"),)), HERE, {CheckName.KUBELET: "containerd.service keeps it and the runtime: neither stops without the other. Use \"upgradecheck override proxy\"."}, id="a kubelet in the runtime's own unit"),
        pytest.param(ToldHost(inside=(RunningKubelet(0, inside=True, socket=PLUGINS),)), HERE, {CheckName.KUBELET: f"a process that cannot be seen from here serves {PLUGINS}"}, id="a kubelet in another PID namespace"),
        pytest.param(ToldHost(units={"containerd.service": UNIT, "k3s-agent.service": {**STOPPED, "ActiveState": "activating"}}), HERE, {CheckName.KUBELET: "the unit k3s-agent.service is activating: it would start, or has not ended. Stop it: systemctl stop k3s-agent ("}, id="a distribution's unit that is about to start a kubelet"),
        pytest.param(ToldHost(units={"containerd.service": UNIT, "rke2-server.service": {**STOPPED, "ActiveState": "active"}}), HERE, {CheckName.KUBELET: "the unit rke2-server.service is active"}, id="a distribution's unit that is active"),
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


@pytest.mark.parametrize(
    ("host", "listener", "expected"),
    [
        pytest.param(ToldHost(), HERE, None, id="containerd is its unit's main process"),
        pytest.param(ToldHost(), Listener(7), "containerd is no unit of systemd's here", id="no unit"),
        pytest.param(ToldHost(units=None), HERE, "systemd cannot be asked here", id="no systemd"),
        pytest.param(ToldHost(units=units(MainPID="5")), HERE, "containerd (process 7) is not the main process of containerd.service, which is process 5: that unit's restart would start more than containerd, and perhaps the old kubelet", id="another program is"),
        pytest.param(ToldHost(units=units(MainPID="0")), HERE, "containerd (process 7) is not the main process of containerd.service, which nobody can tell: that unit's restart would start more than containerd, and perhaps the old kubelet", id="the unit has none"),
        pytest.param(ToldHost(), Listener(0, unit="containerd.service"), "containerd (process 0) is not the main process of containerd.service, which is process 7: that unit's restart would start more than containerd, and perhaps the old kubelet", id="a process that cannot be seen"),
        pytest.param(ToldHost(units={**units(BoundBy="docker.service", RequiredBy="kubelet.service"), "docker.service": UNIT}), HERE, "docker.service, which containerd.service takes along, would be restarted with it", id="another unit is bound to it"),
        pytest.param(ToldHost(units={**units(BoundBy="docker.service"), "docker.service": STOPPED}), HERE, None, id="one that does not run"),
        pytest.param(ToldHost(units=units("activating", RequiredBy="kubelet.service")), HERE, None, id="the kubelet's, which is looked at by itself"),
    ],
)  # fmt: skip
def test_what_a_restart_of_the_unit_would_restart(host: ToldHost, listener: Listener, expected: str | None) -> None:
    assert restart_hindered(host, listener) == expected


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
    other = tmp_path / "many-programs"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    (tmp_path / "7").mkdir()
    (tmp_path / "7/exe").symlink_to(other)
    monkeypatch.setattr(Host, "machine", Machine(proc=tmp_path))
    assert Host().configuration_loads(Listener(7, ("/x/containerd", "-c", "/c"))) is False, "what runs is asked, not what is called so"
    script.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Host().configuration_loads(Listener(0)) is None


def test_what_ran_is_started_once_more_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What systemd tells a process alone is no part of it: a containerd that wrote to another's socket would be taken for that one."""
    monkeypatch.setattr(Host, "machine", Machine(root=tmp_path, proc=tmp_path))
    (tmp_path / "7").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "7/exe").symlink_to("/opt/bin/containerd (deleted)")
    told = ["PATH=/opt/bin:/bin", "NOTIFY_SOCKET=/run/n", "INVOCATION_ID=1", "LISTEN_FDS=1", "HTTPS_PROXY=http://p", "odd"]
    (tmp_path / "7/environ").write_text("\0".join(told))
    started = Host().started_as(Listener(7, ("containerd", "--config", "/c")))
    assert started == Started(("/opt/bin/containerd", "--config", "/c"), ("PATH=/opt/bin:/bin", "HTTPS_PROXY=http://p"))
    asked: list[list[str]] = []
    file, kept = tmp_path / "run/x/environment", list[tuple[bytes, int, int]]()

    def answered(code: int | None) -> Callable[..., subprocess.CompletedProcess[bytes] | None]:
        def run(words: Sequence[str], **_: object) -> subprocess.CompletedProcess[bytes] | None:
            asked.append(list(words))
            if words[0] == "systemd-run":
                kept.append((file.read_bytes(), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777))
            return None if code is None else subprocess.CompletedProcess(words, code, b"", b"")

        return run

    for code in (None, 1):
        monkeypatch.setattr(runtime, "_run", answered(code))
        assert Host().start_once_more("x.service", started) is False
        assert not file.parent.exists(), "nobody reads it any more"
    monkeypatch.setattr(runtime, "_run", answered(0))
    file.parent.mkdir(mode=0o755)
    file.symlink_to(tmp_path / "of-somebody-else")
    assert Host().start_once_more("x.service", started) is True
    assert kept == [(b'PATH="/opt/bin:/bin"\nHTTPS_PROXY="http://p"\n', 0o600, 0o700)] * 3
    assert not (tmp_path / "of-somebody-else").exists()
    options = [
        "--property=KillMode=process",
        "--property=OOMScoreAdjust=-999",
        "--property=Restart=always",
        "--property=RestartSec=5",
        f"--property=EnvironmentFile={file}",
        "--property=RuntimeDirectory=x",
        "--property=RuntimeDirectoryMode=0700",
        "--property=RuntimeDirectoryPreserve=restart",
    ]
    assert asked[0] == ["systemctl", "reset-failed", "--", "x.service"]
    assert asked[1][:3] == ["systemd-run", "--quiet", "--unit=x.service"]
    assert [one for one in options if one not in asked[1]] == []
    assert asked[1][-4:] == ["--", "/opt/bin/containerd", "--config", "/c"]
    assert not any("RuntimeMaxSec" in one for one in asked[1]), "it is not stopped by and by"
    assert not any("http://p" in one for words in asked for one in words), "systemctl show tells every user what stands there"
    monkeypatch.setattr(Host, "machine", Machine(root=tmp_path / "nowhere", proc=tmp_path))
    assert Host().start_once_more("x.service", started) is False, "where its environment cannot be told it is not started"


def test_start_pre_of_the_very_unit_that_this_process_is_in_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd starts no kubelet of it before we have ended; which process that is, machine.start_pre tells."""
    host = ToldHost(units=units(kubelet="activating"))
    monkeypatch.setattr(checks, "held_back_unit", lambda host, pid, known: "kubelet.service")
    assert unmet(host, HERE, ()) == ()
    k3s = {**units(kubelet="activating"), "k3s-agent.service": {**STOPPED, "ActiveState": "activating"}}
    assert [one.name for one in unmet(ToldHost(units=k3s), HERE, ())] == [CheckName.KUBELET], "another unit is no less about to start one"
    assert [one.name for one in unmet(ToldHost(pids=(12,), units=units(kubelet="activating")), HERE, ())] == [CheckName.KUBELET]
    monkeypatch.setattr(checks, "held_back_unit", lambda host, pid, known: None)
    assert [one.name for one in unmet(host, HERE, ())] == [CheckName.KUBELET]
