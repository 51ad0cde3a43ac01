"""The kubelet found in a /proc that the test lays out; its binary is a script that answers as kubelets do."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.kubelet_settings import running_settings
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine, this_node
from upgradecheck.machine.which_kubelet import find_kubelet
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.times import SECOND

RAW = (
    'version.Info{Major:"1", Minor:"20", GitVersion:"v1.20.15", GitCommit:"8f1e5bf0b9729a899b8df86249b56e2c74aebc55", GitTreeState:"clean"}'
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.delenv("MAINPID", raising=False)
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot-1\n")
    (tmp_path / "machine-id").write_text("abc\n")
    return Machine(proc=tmp_path, machine_id=tmp_path / "machine-id", system_uuid=tmp_path / "none", ticks=100, root=tmp_path)


def process(machine: Machine, pid: int, *words: str, says: str = f"echo '{RAW}'") -> Path:
    folder = machine.proc / str(pid)
    folder.mkdir()
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in words))
    (folder / "stat").write_text(f"{pid} (a ) b) S 1 " + " ".join(["0"] * 17) + " 123456 0 0")
    (folder / "exe").write_text(f"#!/bin/sh\n{says}\n")
    (folder / "exe").chmod(0o755)
    (folder / "root").symlink_to(machine.proc)
    return folder


def test_the_kubelet_that_runs(machine: Machine) -> None:
    process(machine, 7, "/usr/bin/kubelet-helper")
    process(machine, 8, "/usr/bin/kubelet", "--feature-gates=A=true,B=false")
    process(machine, 9, "/usr/bin/kubelet", "--version")
    found = find_kubelet(machine)
    start = found.start
    assert (found.pid, start.kubelet_version.text, start.git_commit, start.boot_id, start.since_boot_ms, start.feature_gates) == (
        8,
        "v1.20.15",
        "8f1e5bf0b9729a899b8df86249b56e2c74aebc55",
        "boot-1",
        1_234_560,
        {"A": True, "B": False},
    )
    booted = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert abs(start.start_time - 1_234_560_000_000 - booted) < SECOND


def test_the_one_that_systemd_names(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    process(machine, 8, "kubelet")
    process(machine, 9, "hyperkube", "kubelet", says='[ "$1" = kubelet ] && echo "Kubernetes v1.15.12"')
    several = "kubelet: 2 run here (8, 9), one was wanted. End those that are not this node's, or run this in the PID namespace of the one"
    for by_pid, advice in ((False, " that is meant."), (True, " that is meant, or name its process with --pid.")):
        with pytest.raises(KubeletNotFound) as found:
            find_kubelet(machine, by_pid=by_pid)
        assert str(found.value) == several + advice
    assert "--pid" not in local_kubelet(machine).why_unknown, "hold and plan do not have it"
    monkeypatch.setenv("MAINPID", "9")
    assert find_kubelet(machine).start.kubelet_version.text == "v1.15.12"
    assert find_kubelet(machine, pid=8).pid == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "none runs here"),
        (("kubelet", "--version"), "none runs here"),
        (("/usr/bin/k3s", "--version"), "none runs here"),
        (("/usr/bin/k3s", "kubectl", "get", "nodes"), "none runs here"),
        (("/usr/bin/k3s", "agent"), r"process 8 \(k3s\) may have one inside, and is not seen to serve a kubelet's sockets"),
        (("/usr/local/bin/k3s server",), r"process 8 \(k3s\) may have one inside"),
        (("/usr/local/bin/edgecore",), r"process 8 \(edgecore\) may have one inside"),
    ],
    ids=str,
)
def test_no_kubelet(machine: Machine, words: tuple[str, ...], said: str) -> None:
    process(machine, 8, *words)
    with pytest.raises(KubeletNotFound, match=said) as found:
        find_kubelet(machine)
    assert "--kubelet-version" not in str(found.value), "no command but checkpoint record takes it"
    assert str(found.value).endswith(". Start it."), "nor do all take --pid"
    with pytest.raises(KubeletNotFound, match="Start it, or name its process with --pid"):
        find_kubelet(machine, by_pid=True)
    with pytest.raises(KubeletNotFound, match=r"process 8: is no kubelet. See which"):
        find_kubelet(machine, pid=8, patience=0)
    with pytest.raises(KubeletNotFound, match=r"process 8: is no kubelet. Give the kubelet's process with --pid"):
        find_kubelet(machine, pid=8, patience=0, by_pid=True)


def test_a_kubelet_that_dies_before_it_can_be_asked(machine: Machine) -> None:
    """Of a flag that it does not know, say, when ExecStartPost asks it: it was the kubelet all the same."""
    gone = "process 8: is not there, so it ended before it could be asked"
    with pytest.raises(KubeletNotFound, match=f"{gone}, if it was a kubelet: see its journal.$"):
        find_kubelet(machine, pid=8, patience=5)
    with pytest.raises(KubeletNotFound, match=f"{gone}.* give --pid.$"):
        find_kubelet(machine, pid=8, patience=5, by_pid=True)
    process(machine, 8, "/usr/bin/kubelet", says=f"rm -r {machine.proc}/8; exit 1")
    with pytest.raises(KubeletNotFound, match=gone):
        find_kubelet(machine, pid=8, patience=0)


def test_a_kubelet_that_does_not_tell_its_version(machine: Machine) -> None:
    process(machine, 8, "kubelet", says="exit 1")
    with pytest.raises(KubeletNotFound, match="does not tell its version"):
        find_kubelet(machine)


def test_gates_of_files_and_flags_in_the_kubelets_order(machine: Machine) -> None:
    folder = process(machine, 8, "kubelet")
    (machine.proc / "config.yaml").write_text('{"kind": "KubeletConfiguration", "featureGates": {"A": true, "B": true, "C": true}}')
    (machine.proc / "drop").mkdir()
    (machine.proc / "drop/20.conf").write_text("featureGates:\n  B: false\n")
    (machine.proc / "drop/10.conf").write_text('{"featureGates":{"B":true}}')
    (machine.proc / "drop/30.yaml").write_text("featureGates: {D: true}")
    words = ("kubelet", "--config", "/config.yaml", "--config-dir=/drop", "--feature-gates=C=false", "--feature-gates", "E=1")
    found = running_settings(words, folder)
    assert found is not None
    assert found.config().feature_gates == {"A": True, "B": False, "C": False, "E": True}
    assert "kind of a drop-in" in found.config().given
    assert found.config().beneath == kubelet_config(b'{"kind": "KubeletConfiguration", "featureGates": {"A": true, "B": true, "C": true}}')
    assert running_settings(("kubelet", "--config=/gone.yaml"), folder) is None
    assert running_settings(("kubelet", "--feature-gates=A=maybe"), folder) is None
    nothing = running_settings(("kubelet",), folder)
    assert nothing is not None
    assert nothing.config() == KubeletConfig()


@pytest.mark.parametrize(
    ("drop_in", "ends"),
    [("", True), ("{}", True), ("# nothing\n", True), ("maxPods: 5\n", True), ("kind: KubeletConfiguration\nmaxPods: 5\n", False)],
)
def test_a_drop_in_that_names_no_kind_is_told_of(machine: Machine, drop_in: str, *, ends: bool) -> None:
    folder = process(machine, 8, "kubelet")
    (machine.proc / "drop").mkdir()
    (machine.proc / "drop/10.conf").write_text(drop_in)
    found = running_settings(("kubelet", "--config-dir=/drop"), folder)
    assert found is not None
    assert ("kind of a drop-in" in found.config().given) is ends
    assert found.config().max_pods == (5 if "maxPods" in drop_in else 110)


def test_this_node(machine: Machine) -> None:
    assert this_node(machine, None, ("kubelet", "--hostname-override=a", "--hostname-override", "b")) == NodeIdentity("b", "abc")
    assert this_node(machine, "named", ("kubelet", "--hostname-override=a")) == NodeIdentity("named", "abc")
    assert this_node(machine, None).name == os.uname().nodename.lower()
