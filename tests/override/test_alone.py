"""containerd of k3s and the like, run without its kubelet while records are written, on a node in miniature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.override.node import Runtime, record
from tests.override.service import Service, serving
from tests.override.test_checks import UNIT
from tests.override.test_commands import Node, NodeHost
from upgradecheck.cli import override_node
from upgradecheck.machine.node import Machine
from upgradecheck.machine.runtime import Listener
from upgradecheck.model.distributions import DISTRIBUTIONS
from upgradecheck.override import alone
from upgradecheck.override.alone import UNIT as TRANSIENT

K3S = next(one for one in DISTRIBUTIONS if one.name == "k3s")
STATED = {"LoadState": "loaded", "KillMode": "process", "MainPID": "0"}


class K3sHost(NodeHost):
    """k3s-agent is stopped unless a test says otherwise; systemd starts and stops what it is told to."""

    def __init__(self, runtime: Runtime, machine: Machine) -> None:
        super().__init__(runtime)
        self.machine = machine  # type: ignore[misc]
        self.k3s, self.running, self.stuck, self.foreign = "inactive", False, False, False
        self.silent = self.interrupts = self.restarts_fail = False
        self.did: list[str] = []
        self.words: tuple[str, ...] = ()

    def unit(self, name: str) -> Mapping[str, str] | None:
        if name == "k3s-agent.service":
            return {**STATED, "ActiveState": self.k3s}
        if name == TRANSIENT:
            return {**UNIT, "MainPID": "7", "ActiveState": "active" if self.running else "inactive"}
        return super().unit(name)

    def answers(self, path: str) -> bool:
        return not self.silent and (self.running or self.foreign or self.k3s == "active")

    def listener(self, path: str) -> Listener:
        return Listener(7, (K3S.containerd.program,) if K3S.containerd else (), TRANSIENT if self.running else "k3s-agent.service")

    def start_alone(self, unit: str, words: tuple[str, ...], path: str, seconds: int) -> bool:  # type: ignore[override]
        self.did.append(f"start {unit}")
        self.words, self.running = tuple(words), True
        self.runtime.restart()
        if self.interrupts:
            raise KeyboardInterrupt
        return True

    def stop(self, unit: str) -> bool:
        self.did.append(f"stop {unit}")
        self.running = self.stuck
        return not self.stuck

    def restart(self, unit: str, seconds: float = 0) -> bool:
        self.did.append(f"restart {unit}")
        return not self.restarts_fail and super().restart(unit, seconds)


def laid_out(root: Path) -> None:
    assert K3S.containerd is not None
    for path in ("etc/systemd/system/k3s-agent.service", K3S.containerd.program, K3S.containerd.configuration):
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        file.chmod(0o755)
    (root / "run").mkdir()
    for place in (K3S.containerd.state, K3S.containerd.root):
        (root / place.lstrip("/") / "io.containerd.runtime.v2.task/k8s.io/abc").mkdir(parents=True)


@pytest.fixture
def host(tmp_path: Path) -> K3sHost:
    laid_out(tmp_path / "root")
    (tmp_path / "root/proc").mkdir()
    return K3sHost(Runtime(), Machine(proc=tmp_path / "root/proc", root=tmp_path / "root"))


@pytest.fixture
def node(tmp_path: Path, host: K3sHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Node]:
    monkeypatch.setattr(override_node, "HOST", host)
    service = Service(host.runtime)
    with serving(tmp_path / "c.sock", service) as path:
        here = tuple(replace(one, socket=path) if one is K3S else one for one in DISTRIBUTIONS)
        monkeypatch.setattr("upgradecheck.machine.recognising.DISTRIBUTIONS", here)
        yield Node(host.runtime, service, host, tmp_path, ("--alone", "--state-dir", str(tmp_path / "override")), capsys)


def test_it_runs_while_records_are_written_and_proved_and_no_longer(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    code, out, _ = node.run("apply", plan, "--confirm", digest)
    assert (code, "applied: the record and the runtime carry the override's hash: 3" in out) == (0, True)
    assert host.did == [f"start {TRANSIENT}", f"restart {TRANSIENT}", f"stop {TRANSIENT}"]
    assert host.words[:3] == (K3S.containerd and K3S.containerd.program, "--config", K3S.containerd and K3S.containerd.configuration)
    assert ("--root", "/var/lib/rancher/k3s/agent/containerd") in list(zip(host.words, host.words[1:], strict=False))
    assert node.run("status", plan)[0] == 0
    code, out, _ = node.run("undo", f"0001-{digest[:12]}.journal", "--confirm", digest)
    assert (code, "restored" in out) == (0, True)
    assert node.runtime.database == {one: record(number) for number, one in enumerate(node.runtime.database)}
    assert not host.running
    assert [one for one in host.did if "k3s" in one] == []


def test_a_dry_run_looks_at_the_one_that_runs_and_prints_the_option(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.k3s = "active"
    code, out, _ = node.run("apply", plan)
    assert (code, host.did, node.runtime.writes) == (0, [], 0)
    assert f"upgradecheck override apply {plan} --alone --state-dir {node.place}/override --confirm {digest}" in out
    host.k3s = "inactive"
    assert node.run("apply", plan)[0] == 0
    assert (host.did, node.runtime.writes, host.running) == ([f"start {TRANSIENT}", f"stop {TRANSIENT}"], 0, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"k3s": "active"}, "k3s-agent.service runs, and containerd with it. Stop it first: systemctl stop k3s-agent", id="not stopped"),
        pytest.param({"k3s": "activating"}, "Stop it first: systemctl stop k3s-agent", id="about to start"),
        pytest.param({"foreign": True}, "somebody else answers at", id="somebody else's containerd"),
        pytest.param({"uid": 1000}, "who alone may start containerd", id="not root"),
        pytest.param({"units": None, "k3s": ""}, "systemd cannot be asked here", id="no systemd"),
    ],
)  # fmt: skip
def test_what_is_refused(change: Mapping[str, object], said: str, node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    for name, value in change.items():
        setattr(host, name, value)
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes, host.did) == (1, 0, [])
    assert said in err


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        pytest.param("etc/systemd/system/rke2-agent.service", "", "of k3s and of rke2 are here", id="another one's unit"),
        pytest.param("etc/systemd/system/k3s-agent.service", "ExecStart=/usr/local/bin/k3s agent --data-dir /data/k3s\n", "tells k3s of another place", id="another data directory"),
        pytest.param("etc/systemd/system/k3s-agent.service", "ExecStart=/usr/local/bin/k3s agent -d /data/k3s\n", "tells k3s of another place", id="its short name"),
        pytest.param("etc/systemd/system/k3s-agent.service", "ExecStart=/usr/local/bin/k3s agent --docker\n", "tells k3s of another place or runtime", id="docker"),
        pytest.param("etc/systemd/system/k3s-agent.service.d/1.conf", "Environment=K3S_DATA_DIR=/d\n", "tells k3s of another place", id="in its environment"),
        pytest.param("etc/rancher/k3s/config.yaml", "data-dir: /data/k3s\n", "config.yaml tells k3s of another place", id="in its configuration"),
        pytest.param("etc/rancher/k3s/config.yaml.d/9.yaml", "kubelet-arg+: [container-runtime-endpoint=unix:///x]\n", "tells k3s of another place", id="another endpoint"),
        pytest.param("run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/def/x", "", "has what runs here (def), and /var/lib/rancher/k3s/agent/containerd does not know it", id="tasks of another root"),
    ],
)  # fmt: skip
def test_nothing_starts_beside_what_is_not_its_own(path: str, text: str, said: str, node: Node, host: K3sHost) -> None:
    """It would take the shims of another root for left over, and clear away what they run on."""
    plan, digest = node.plan()
    file = host.machine.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes, host.did) == (1, 0, [])
    assert said in err


@pytest.mark.parametrize(
    "text",
    [
        "# --data-dir /x --docker\nExecStart=k3s agent --data-dir=/var/lib/rancher/k3s --token-file /docker-token\n",
        "ExecStart=k3s agent -v 2\n",
    ],
)
def test_the_usual_place_may_be_written_out(text: str, node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    (host.machine.root / "etc/systemd/system/k3s-agent.service").write_text(text)
    assert node.run("apply", plan, "--confirm", digest)[0] == 0


def test_one_at_a_time_has_it(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.running = True
    with alone._alone(host):
        for words in (("apply", plan, "--confirm", digest), ("apply", plan)):
            host.silent = words[-1] == plan
            code, _, err = node.run(*words)
            assert (code, host.did, "another command has containerd run alone" in err) == (1, [], True)


def test_an_end_between_start_and_answer_stops_it(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.interrupts = True
    code = node.run("apply", plan, "--confirm", digest)[0]
    assert (code, host.did, host.running) == (130, [f"start {TRANSIENT}", f"stop {TRANSIENT}"], False)


def test_a_fault_is_told_though_it_does_not_stop_either(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.stuck, host.restarts_fail = True, True
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes) == (1, 3)
    assert "The records are written, and in effect once it has restarted" in err
    assert f"{TRANSIENT} does not stop" in err


@pytest.mark.parametrize(("mode", "said"), [(0o777, "can be written by others than root"), (None, "cannot be read")])
def test_a_program_that_is_not_to_be_trusted(mode: int | None, said: str, node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    assert K3S.containerd is not None
    program = host.machine.root / K3S.containerd.program.lstrip("/")
    program.unlink() if mode is None else program.chmod(mode)
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes, host.did) == (1, 0, [])
    assert said in err


def test_one_that_a_broken_run_left_is_gone_on_with_and_stopped(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.running = True
    assert node.run("apply", plan, "--confirm", digest)[0] == 0
    assert host.did == [f"restart {TRANSIENT}", f"stop {TRANSIENT}"]


def test_one_that_does_not_stop_is_told_whatever_else_went_well(node: Node, host: K3sHost) -> None:
    plan, digest = node.plan()
    host.stuck = True
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes) == (1, 3)
    assert f"and k3s cannot start while it runs. Stop it before that: systemctl stop {TRANSIENT}" in err


def test_other_nodes_need_none(node: Node, host: K3sHost, tmp_path: Path) -> None:
    plan, digest = node.plan()
    (host.machine.root / "etc/systemd/system/k3s-agent.service").rename(host.machine.root / "etc/systemd/system/kubelet.service")
    (host.machine.root / "var/lib/rancher/k3s/agent").rename(tmp_path / "elsewhere")
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes) == (1, 0)
    assert "is of kubeadm or the like, whose containerd goes on without its kubelet" in err
    code, _, err = node.run("apply", plan, "--containerd", "/run/x.sock")
    assert (code, "--alone and --containerd exclude each other" in err) == (64, True)


def test_those_that_have_one() -> None:
    assert [one.name for one in DISTRIBUTIONS if one.containerd is not None] == ["k3s", "rke2", "k0s"]
    assert all(one.inside for one in DISTRIBUTIONS if one.containerd is not None)
    assert alone.UNIT.startswith("upgradecheck-")
