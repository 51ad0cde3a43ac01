"""The commands with --docker, as a person types them, on a dockershim node in miniature whose dockerd stops and starts."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.override.docker_node import Root, all_carry
from tests.override.node import NEW, OLD, SECRET, identity, override
from tests.override.test_checks import STOPPED, ToldHost
from tests.override.test_commands import _told
from upgradecheck.cli import main, override_node
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet
from upgradecheck.machine.runtime import Host, Listener
from upgradecheck.model.errors import InputError
from upgradecheck.override import docker_changes, docker_room, docker_window
from upgradecheck.override.docker import Dockerd, dockerd_pids

DOCKERD = 5
COUNT = 3
_KILL = os.kill  # the one of before a test hears it


class DockerHost(ToldHost):
    """A node whose systemd stops and starts the dockerd in miniature. did: what it was asked for."""

    def __init__(self, root: Root, place: Path) -> None:
        super().__init__()
        self.root, self.place = root, place
        object.__setattr__(self, "machine", type(root.machine)(proc=root.proc, root=place))
        self.did: list[str] = []
        self.kill_mode, self.swarm, self.starts = "process", False, True
        self.bound, self.bound_state = "", "active"
        self.flags: tuple[str, ...] = ("dockerd",)
        self.live_restore = True
        self.active = {"docker.socket": True, "docker.service": True}
        root.process(DOCKERD, "dockerd")
        self.serving: Dockerd = root.started()

    def unit(self, name: str) -> Mapping[str, str] | None:
        if name == self.bound:
            return {"LoadState": "loaded", "ActiveState": self.bound_state}
        if name not in self.active:
            return STOPPED if name == "kubelet.service" else {"LoadState": "not-found", "ActiveState": "inactive"}
        state = {"LoadState": "loaded", "ActiveState": "active" if self.active[name] else "inactive"}
        if name == "docker.socket":
            return {**state, "RequiredBy": "docker.service"}
        return {**state, "KillMode": self.kill_mode, "MainPID": str(DOCKERD), "BoundBy": f"kubelet.service {self.bound}"}

    def listener_of(self, pid: int) -> Listener:
        return Listener(pid, self.flags, "docker.service")

    def stop(self, unit: str) -> bool:
        self.did.append(f"stop {unit}")
        self.active[unit] = False
        if unit == "docker.service":
            assert not self.active["docker.socket"], "who asks next would start it"
            (self.root.proc / str(DOCKERD) / "comm").write_text("gone\n")
            (self.root.proc / str(DOCKERD) / "cmdline").write_bytes(b"gone\0")
        return True

    def start(self, unit: str) -> bool:
        self.did.append(f"start {unit}")
        if unit == "docker.service":
            if not self.starts:
                return False
            self.root.process(DOCKERD, "dockerd")
            self.serving = self.root.started()
            for number in range(COUNT):
                self.root.file(number).chmod(0o640)
        self.active[unit] = True
        return True

    def asked(self, place: str, patience: float = 0.0) -> Dockerd:
        assert self.active["docker.service"], "to ask a dockerd that is stopped would start it"
        one = self.serving
        return Dockerd(one.version, one.root, self.live_restore, self.swarm, one.labels)

    def reload(self, pid: int, number: int) -> None:
        """SIGHUP: the settings are read anew."""
        self.did.append(f"signal {number}")
        self.live_restore = json.loads((self.place / "etc/docker/daemon.json").read_bytes()).get("live-restore", False)


class Docker:
    """The node, and the commands run on it."""

    def __init__(self, host: DockerHost, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.host, self.place, self.capsys = host, place, capsys
        overrides = {identity(number): override(number) for number in range(COUNT)}
        self.digest = plan_digest("1.22.17", [], overrides)
        told: dict[str, Any] = {"format_version": "1.0", "kind": "Plan", "from": "1.20.15", "to": "1.22.17", "plan_hash": self.digest}
        self.plan = str(place / "plan.json")
        Path(self.plan).write_text(json.dumps({**told, "pods": [], "overrides": {key: _told(one) for key, one in overrides.items()}}))
        self.journal = f"0001-{self.digest[:12]}.journal"

    def run(self, *words: str) -> tuple[int, str]:
        code = main(["override", *words, "--docker", "auto", "--state-dir", str(self.place / "lib" / "override")])
        out, err = self.capsys.readouterr()
        assert SECRET not in out + err
        return code, out + err

    def apply(self, *words: str) -> tuple[int, str]:
        return self.run("apply", self.plan, "--confirm", self.digest, "--restart-runtime", *words)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Docker:
    (tmp_path / "etc" / "docker").mkdir(parents=True)
    (tmp_path / "etc/docker/daemon.json").write_text('{"live-restore": true}')
    host = DockerHost(Root(tmp_path / "docker", COUNT), tmp_path)
    monkeypatch.setattr(override_node, "HOST", host)
    monkeypatch.setattr(docker_window, "asked", host.asked)
    monkeypatch.setattr("upgradecheck.override.docker_window.os.kill", host.reload)
    monkeypatch.setattr(docker_window, "_settings_path", lambda words: str(tmp_path / "etc/docker/daemon.json"))
    return Docker(host, tmp_path, capsys)


class DyingHost(DockerHost):
    """Is killed before or after the so-manieth thing that systemd is asked; a file has what systemd knows then, as systemd would."""

    def __init__(self, root: Root, place: Path, number: int, *, before: bool) -> None:
        super().__init__(root, place)
        self.number, self.before = number, before

    def _step(self, real: Callable[[str], bool], unit: str) -> bool:
        last = len(self.did) == self.number
        if last and self.before:
            _KILL(os.getpid(), signal.SIGKILL)
        done = real(unit)
        (self.place / "systemd.json").write_text(json.dumps(self.active))
        if last:
            _KILL(os.getpid(), signal.SIGKILL)
        return done

    def stop(self, unit: str) -> bool:
        return self._step(super().stop, unit)

    def start(self, unit: str) -> bool:
        return self._step(super().start, unit)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("number", range(4))
def test_kill_9_at_each_step_of_the_window(docker: Docker, number: int, *, before: bool) -> None:
    settings = {"live-restore": True, "data-root": str(docker.host.root.place)}
    (docker.place / "etc/docker/daemon.json").write_text(json.dumps(settings))
    (docker.place / "systemd.json").write_text(json.dumps(docker.host.active))
    child = os.fork()
    if child == 0:
        host = DyingHost(docker.host.root, docker.place, number, before=before)
        override_node.HOST = host
        setattr(docker_window, "asked", host.asked)  # noqa: B010 - it is not exported
        with suppress(BaseException):
            docker.apply()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert set(docker.host.root.hashes().values()) <= {OLD, NEW}
    docker.host.active = json.loads((docker.place / "systemd.json").read_text())
    if (number, before) == (3, False):
        docker.host.serving = docker.host.root.started()
    code, said = docker.apply()
    assert code == 0, said
    assert (docker.host.active["docker.service"], docker.host.root.hashes()) == (True, all_carry(COUNT))
    assert docker.run("status", docker.plan, "--node", "node-a")[0] == 0
    assert docker.run("undo", docker.journal, "--confirm", docker.digest, "--restart-runtime")[0] == 0
    assert docker.host.root.hashes() == all_carry(COUNT, OLD)


WINDOW = ["stop docker.socket", "stop docker.service", "start docker.socket", "start docker.service"]


def test_there_and_back(docker: Docker) -> None:
    code, said = docker.run("apply", docker.plan)
    assert (code, docker.host.did) == (0, [])
    assert "to be written: 3" in said
    assert said.rstrip().endswith(f"--restart-runtime --docker auto --state-dir {docker.place}/lib/override --confirm {docker.digest}")
    code, said = docker.apply()
    assert (code, docker.host.did) == (0, WINDOW)
    assert "applied: the record and the runtime carry the override's hash: 3" in said
    assert docker.host.root.hashes() == all_carry(COUNT)
    code, said = docker.run("status", docker.plan, "--node", "node-a")
    assert (code, "the new kubelet may start" in said) == (0, True)
    assert docker.apply()[0] == 0
    assert docker.host.did == WINDOW, "there was nothing to do, so dockerd was left alone"
    code, said = docker.run("undo", docker.journal, "--confirm", docker.digest, "--restart-runtime")
    assert (code, docker.host.did) == (0, WINDOW * 2)
    assert "restored: the record and the runtime carry the hash before: 3" in said
    assert docker.host.root.hashes() == all_carry(COUNT, OLD)


@pytest.mark.parametrize("settings", [None, '{"debug": true}'])
def test_live_restore_is_told_and_turned_on_before_the_stop(docker: Docker, settings: str | None) -> None:
    docker.host.live_restore = False
    (docker.place / "etc/docker/daemon.json").unlink()
    if settings is not None:
        (docker.place / "etc/docker/daemon.json").write_text(settings)
    assert "live-restore is off: it is turned on in daemon.json" in docker.run("apply", docker.plan)[1]
    assert docker.host.did == []
    assert docker.apply()[0] == 0
    assert docker.host.did == ["signal 1", *WINDOW]
    assert json.loads((docker.place / "etc/docker/daemon.json").read_bytes()) == {**json.loads(settings or "{}"), "live-restore": True}


def test_a_dockerd_that_does_not_take_live_restore_over_is_not_stopped(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.host.live_restore = False
    (docker.place / "etc/docker/daemon.json").write_text('{"debug": true}')
    monkeypatch.setattr("upgradecheck.override.docker_window.os.kill", lambda pid, number: None)
    monkeypatch.setattr(docker_window, "_RELOAD_SECONDS", 0.3)
    code, said = docker.apply()
    assert (code, docker.host.did, "did not take it over" in said) == (1, [], True)
    assert (docker.place / "etc/docker/daemon.json").read_text() == '{"debug": true}'


@pytest.mark.parametrize(
    ("settings", "flags", "words"),
    [
        pytest.param(None, ("dockerd",), "does not turn it on any more: a start without it would kill every container", id="gone"),
        pytest.param('{"live-restore": false}', ("dockerd",), "does not turn it on any more", id="off"),
        pytest.param('{"live-restore": true,}', ("dockerd",), "cannot be read as a JSON object", id="damaged"),
        pytest.param("[]", ("dockerd", "--live-restore"), "cannot be read as a JSON object", id="damaged beside a flag"),
        pytest.param('{"live-restore": true}', ("dockerd", "--live-restore"), "beside which it does not start", id="twice"),
        pytest.param('{"live-restore": true, "data-root": "/elsewhere"}', ("dockerd",), "names the data root /elsewhere by now", id="root"),
        pytest.param('{"debug": true}', ("dockerd", "--live-restore"), "", id="by its flag alone"),
        pytest.param(None, ("dockerd", "--live-restore=true"), "", id="by its flag alone, no file"),
    ],
)
def test_a_dockerd_whose_live_restore_would_not_outlive_its_stop_is_not_stopped(
    docker: Docker, settings: str | None, flags: tuple[str, ...], words: str
) -> None:
    """Settings are read at a start, and may be others by now: stopped with it and started without, it kills what runs."""
    (docker.place / "etc/docker/daemon.json").unlink()
    if settings is not None:
        (docker.place / "etc/docker/daemon.json").write_text(settings)
    docker.host.flags = flags
    code, said = docker.apply()
    assert (code, docker.host.did, words in said) == ((1, [], True) if words else (0, WINDOW, True)), said
    assert docker.host.root.hashes() == all_carry(COUNT, OLD if words else NEW)


def test_a_dockerd_whose_unit_was_changed_since_it_started_is_not_stopped(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {(DOCKERD, "docker.service"): "/etc/systemd/system/docker.service"}
    monkeypatch.setattr(docker_changes, "changed_since_start", lambda machine, pid, unit: changed[pid, unit])
    code, said = docker.apply()
    assert (code, docker.host.did, "docker.service was changed after dockerd started" in said) == (1, [], True), said
    assert docker.apply("--skip-check", "live-restore")[0] == 0


def test_a_dockerd_that_does_not_answer_after_its_settings_changed_has_them_back(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.host.live_restore, answered = False, docker.host.asked

    def silent(place: str, patience: float = 0.0) -> Dockerd:
        if docker.host.did:
            raise InputError("docker.sock: cannot be reached")
        return answered(place, patience)

    (docker.place / "etc/docker/daemon.json").write_text('{"debug": true}')
    monkeypatch.setattr(docker_window, "asked", silent)
    monkeypatch.setattr(docker_window, "_RELOAD_SECONDS", 0.3)
    code, said = docker.apply()
    assert (code, docker.host.did, "did not take it over" in said) == (1, ["signal 1", "signal 1"], True), said
    assert (docker.place / "etc/docker/daemon.json").read_text() == '{"debug": true}'


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param({"swarm": True}, "swarm: this docker is part of a swarm", id="a swarm"),
        pytest.param({"kill_mode": "control-group"}, "docker.service has KillMode=control-group", id="a unit that kills"),
        pytest.param({"inside": (RunningKubelet(9, "kubelet"),)}, "kubelet: it runs (process 9)", id="a kubelet runs"),
        pytest.param({"uid": 1000}, "root: this is another user", id="not root"),
        pytest.param(
            {"bound": "etcd.service"},
            "etcd.service would be stopped with docker, and not started again",
            id="another unit goes with docker's",
        ),
        pytest.param(
            {"live_restore": False, "flags": ("dockerd", "--live-restore=false")}, "live-restore: dockerd's command line", id="a flag"
        ),
    ],
)
def test_what_is_refused_before_anything_is_stopped(docker: Docker, told: Mapping[str, Any], words: str) -> None:
    for name, value in told.items():
        setattr(docker.host, name, value)
    code, said = docker.apply()
    assert (code, docker.host.did, words in said) == (1, [], True), said
    assert docker.host.root.hashes() == all_carry(COUNT, OLD)


def test_a_unit_that_would_go_with_dockers_and_does_not_run_is_no_hindrance(docker: Docker) -> None:
    docker.host.bound, docker.host.bound_state = "etcd.service", "inactive"
    assert docker.apply()[0] == 0


def test_without_the_option_a_dockerd_that_runs_is_refused(docker: Docker) -> None:
    code, said = docker.run("apply", docker.plan, "--confirm", docker.digest)
    assert (code, docker.host.did, "dockerd: it runs (process 5)" in said) == (1, [], True)


def test_a_dockerd_that_does_not_start_again_is_told_and_the_same_command_goes_on(docker: Docker) -> None:
    docker.host.starts = False
    code, said = docker.apply()
    assert (code, "does not start again" in said) == (1, True)
    assert docker.host.root.hashes() == all_carry(COUNT)
    (docker.place / "etc/docker/daemon.json").write_text('{"live-restore": true}')
    root = ("--docker-root", str(docker.host.root.place))
    code, said = docker.run("status", docker.plan, *root)
    assert (code, "pending: the record is written" in said) == (1, True)
    docker.host.starts = True
    code, said = docker.apply(*root)
    assert (code, "applied: the record and the runtime carry" in said) == (0, True), said
    assert docker.host.root.hashes() == all_carry(COUNT, NEW)


@pytest.mark.parametrize(
    ("befalls", "words"),
    [
        pytest.param("forgotten", "does not know 1 container of the kubelet's (", id="dockerd has forgotten it"),
        pytest.param("ended", "while dockerd was stopped, 1 container of the kubelet's (", id="it ended"),
    ],
)
def test_what_ran_before_the_stop_must_be_there_afterwards(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, befalls: str, words: str
) -> None:
    host, start = docker.host, docker.host.start

    def started(unit: str) -> bool:
        done = start(unit)
        if befalls == "ended":
            (host.root.proc / "1001" / "stat").write_text("1001 (sleeper) Z 1 1")
        elif unit == "docker.service":
            host.serving = structs.replace(
                host.serving, labels={key: one for key, one in host.serving.labels.items() if key != identity(1)}
            )
        return done

    monkeypatch.setattr(host, "start", started)
    code, said = docker.apply()
    assert (code, words in said, identity(1)[:13] in said) == (1, True, True), said
    assert docker.host.active["docker.service"]


@pytest.mark.parametrize("inodes", [False, True], ids=["bytes", "inodes"])
def test_without_room_dockerd_is_neither_stopped_nor_started(docker: Docker, monkeypatch: pytest.MonkeyPatch, *, inodes: bool) -> None:
    """What a start of dockerd cannot write anew it forgets, and the kubelet makes it anew."""
    sizes = list(docker_room._sizes(str(docker.host.root.place / "containers")))
    least = len(sizes) if inodes else sum(sizes) + docker_room._LEAST
    monkeypatch.setattr(docker_room, "_free", lambda place: _room(least, inodes=inodes))
    code, said = docker.apply()
    assert (code, docker.host.did, "room: " in said, "inodes" in said) == (1, [], True, inodes), said
    monkeypatch.setattr(docker_room, "_free", lambda place: _room(least - 1 if docker.host.did else least * 4, inodes=inodes))
    code, said = docker.apply()
    assert (code, docker.host.did) == (1, WINDOW[:2])
    assert "docker.service is not started: " in said
    assert "Make room, then run the same command again" in said
    (docker.place / "etc/docker/daemon.json").write_text('{"live-restore": true}')
    root = ("--docker-root", str(docker.host.root.place))
    code, said = docker.apply(*root)
    assert (code, docker.host.did, "room: " in said) == (1, WINDOW[:2], True), said
    monkeypatch.setattr(docker_room, "_free", lambda place: _room(least, inodes=inodes))
    assert docker.apply(*root)[0] == 0
    assert docker.host.root.hashes() == all_carry(COUNT)


def _room(free: int, *, inodes: bool) -> tuple[int, int | None]:
    return (1 << 40, free) if inodes else (free, None)


@pytest.mark.parametrize("tries", ["ours", "systemd's"])
def test_a_start_that_fails_once_is_tried_again(docker: Docker, monkeypatch: pytest.MonkeyPatch, tries: str) -> None:
    """dockerd was killed while it came up, or containerd was away then."""
    host, start, unit = docker.host, docker.host.start, docker.host.unit
    failed: list[str] = []

    def fails_once(name: str) -> bool:
        if name == "docker.socket" or failed:
            return start(name)
        failed.append(name)
        return False

    def by_systemd(name: str) -> Mapping[str, str] | None:
        if failed != ["docker.service"] or name != "docker.service":
            return unit(name)
        failed.append("seen")
        start(name)
        return {"ActiveState": "activating"}

    monkeypatch.setattr(docker_window, "_PAUSE", 0.0)
    monkeypatch.setattr(host, "start", fails_once)
    if tries == "systemd's":
        monkeypatch.setattr(host, "unit", by_systemd)
    code, said = docker.apply()
    assert (code, host.did) == (0, WINDOW), said
    assert docker.host.root.hashes() == all_carry(COUNT)


def test_how_often_a_unit_was_started_lately_does_not_hinder_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n')
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert Host().start("docker.service")
    assert (tmp_path / "asked").read_text().splitlines() == ["reset-failed -- docker.service", "start -- docker.service"]


def test_a_stopped_dockerd_that_would_start_without_live_restore_is_not_started(docker: Docker) -> None:
    docker.host.stop("docker.socket")
    docker.host.stop("docker.service")
    docker.host.did.clear()
    (docker.place / "etc/docker/daemon.json").unlink()
    code, said = docker.apply("--docker-root", str(docker.host.root.place))
    assert (code, docker.host.did, "a start without it would kill every container" in said) == (1, [], True)


@pytest.mark.parametrize(
    ("unit", "told", "restart", "words"),
    [
        pytest.param("docker.service", {"ActiveState": "active"}, True, "docker.service is active, and its dockerd is not seen", id="one in another PID namespace, or of another name"),
        pytest.param("docker.service", {"ActiveState": "activating"}, False, "docker.service is activating: it would start", id="one that crashes and starts again"),
        pytest.param("docker.service", {"ActiveState": "activating"}, True, "", id="the same, which is stopped first"),
        pytest.param("docker.service", {"LoadState": "not-found"}, True, "there is no docker.service that would start it", id="of another unit, as snap's"),
        pytest.param("docker.service", {"LoadState": "not-found"}, False, "", id="the same, started by hand"),
        pytest.param("docker.socket", {"ActiveState": "active"}, False, "docker.socket: it would start dockerd", id="its socket listens"),
    ],
)  # fmt: skip
def test_what_systemd_says_of_a_dockerd_that_is_not_seen(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, unit: str, told: Mapping[str, str], *, restart: bool, words: str
) -> None:
    docker.host.stop("docker.socket")
    docker.host.stop("docker.service")
    docker.host.did.clear()
    real = docker.host.unit
    monkeypatch.setattr(docker.host, "unit", lambda name: {**(real(name) or {}), **(told if name == unit and not docker.host.did else {})})
    restarting = ("--restart-runtime",) if restart else ()
    given = ("apply", docker.plan, "--confirm", docker.digest, "--docker-root", str(docker.host.root.place), *restarting)
    code, said = docker.run(*given)
    assert (code, bool(words) or code == 0, words in said) == (1 if words else 0, True, True), said
    assert docker.host.root.hashes() == all_carry(COUNT, OLD if words else NEW)


@pytest.mark.parametrize(
    "line", ["#ExecStart=/usr/bin/dockerd --live-restore", "ExecStart=/usr/bin/dockerd --config-file /etc/d.json", "# --live-restore=false"]
)
def test_what_units_say_of_live_restore_is_no_proof(docker: Docker, line: str) -> None:
    docker.host.stop("docker.socket")
    docker.host.stop("docker.service")
    root = docker.host.machine.root
    for path, text in (("etc/docker/daemon.json", '{"live-restore": true}'), ("etc/systemd/system/docker.service", f"[Service]\n{line}\n")):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    docker.host.did.clear()
    code, said = docker.apply("--docker-root", str(docker.host.root.place))
    assert (code, docker.host.did, "its units name --" in said) == (1, [], True)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        pytest.param(("/usr/bin/dockerd", "-H", "fd://"), (7,), id="as everywhere"),
        pytest.param(("/usr/bin/dockerd-current",), (7,), id="RHEL 7"),
        pytest.param(("/usr/bin/docker", "daemon", "-H", "fd://"), (7,), id="before 1.13"),
        pytest.param(("/usr/bin/docker", "ps"), (), id="who asks it"),
        pytest.param(("/usr/bin/containerd",), (), id="another"),
    ],
)
def test_a_dockerd_by_any_name_is_seen(tmp_path: Path, words: tuple[str, ...], seen: tuple[int, ...]) -> None:
    process = tmp_path / "proc" / "7"
    process.mkdir(parents=True)
    (process / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")
    (process / "stat").write_text("7 (x) S 1 7 7")
    (process / "comm").write_text("x\n")
    (process / "cgroup").write_text("0::/system.slice/docker.service\n")
    assert dockerd_pids(Machine(proc=tmp_path / "proc", root=tmp_path)) == seen


@pytest.mark.parametrize(
    ("user", "seen"),
    [("0\t0\t0\t0", (7,)), ("65534\t65534\t65534\t65534", (7,)), ("0\t1000\t1000\t1000", ()), ("1000\t1000\t1000\t1000", ())],
)
def test_a_dockerd_of_a_user_is_none_of_the_nodes(tmp_path: Path, user: str, seen: tuple[int, ...]) -> None:
    process = tmp_path / "proc" / "7"
    process.mkdir(parents=True)
    for name, text in (
        ("cmdline", "dockerd\0"),
        ("stat", "7 (x) S 1 7 7"),
        ("comm", "dockerd\n"),
        ("status", f"Name:\tdockerd\nUid:\t{user}\n"),
    ):
        (process / name).write_text(text)
    (process / "cgroup").write_text("0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service\n")
    assert dockerd_pids(Machine(proc=tmp_path / "proc", root=tmp_path)) == seen


def test_what_breaks_in_the_window_starts_dockerd_all_the_same(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.host.root.file(2).chmod(0o666)  # others can write it: it is refused, the rest is written
    code, said = docker.apply()
    assert (code, docker.host.did) == (1, WINDOW)
    assert "can be written by others" in said or "refused" in said
    assert json.loads(docker.host.root.file(0).read_bytes())["Config"]["Labels"]["annotation.io.kubernetes.container.hash"] == NEW


def test_the_same_for_programs(docker: Docker) -> None:
    code, said = docker.apply("-o", "json")
    found = json.loads(said)
    assert (code, found["ok"], found["changed"], found["restarted"]) == (0, True, True, True)
    assert (found["runtime"]["name"], {one["state"] for one in found["containers"]}) == ("docker", {"applied"})
