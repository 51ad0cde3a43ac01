"""Kubelets found by the sockets that they serve: real processes under other names, real sockets under a root of the test's."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.unit.machine.kubelet_host import PLUGINS, RESOURCES, serving
from tests.unit.machine.test_which_kubelet import RAW, process
from upgradecheck.machine import kubelet_sockets
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.kubelet_sockets import ServedSocket, served_sockets
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet, container_of, running_kubelets
from upgradecheck.machine.which_kubelet import find_kubelet
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import KubeletConfig
from upgradecheck.planning.asking.here import Here

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

HEAD = "Num       RefCount Protocol Flags    Type St Inode Path\n"
LISTENS, TALKS = "00010000", "00000000"


@pytest.fixture
def root() -> Iterator[Path]:
    """A short one: the path of a socket has 107 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def machine(root: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Its /proc is the test's too, and empty."""
    monkeypatch.delenv("MAINPID", raising=False)
    (root / "proc/sys/kernel/random").mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text("boot-1\n")
    return Machine(proc=root / "proc", machine_id=root / "id", system_uuid=root / "none", ticks=100, root=root)


def listed(machine: Machine, *lines: tuple[str, str]) -> None:
    """The kernel's list of sockets, of flags and paths."""
    (machine.proc / "net").mkdir(exist_ok=True)
    rows = [f"0000000000000000: 00000002 00000000 {flags} 0001 01 {number} {path}\n" for number, (flags, path) in enumerate(lines)]
    (machine.proc / "net/unix").write_text(HEAD + "".join(rows) + "0000000000000000: 00000002 00000000 00010000 0001 01 99\n")


@pytest.mark.parametrize(
    ("title", "comm", "program", "inside"),
    [
        pytest.param("/usr/local/bin/edgecore", "", "edgecore", True, id="edgecore"),
        pytest.param("microshift", "", "microshift", True, id="microshift"),
        pytest.param("/usr/local/bin/k3s server", "k3s-server", "k3s", True, id="k3s, whose command line is one word"),
        pytest.param("/snap/microk8s/1/kubelite", "", "kubelite", True, id="kubelite"),
        pytest.param("/opt/vendor/node-agent", "", "node-agent", True, id="a program that nobody has heard of"),
        pytest.param("/usr/bin/kubelet", "", "kubelet", False, id="a kubelet of its own"),
    ],
)
@pytest.mark.parametrize("paths", [(PLUGINS,), (RESOURCES,), (PLUGINS, RESOURCES)], ids=["plugins", "resources", "both"])
def test_whatever_it_is_called(root: Path, title: str, comm: str, program: str, inside: bool, paths: tuple[str, ...]) -> None:
    machine = Machine(root=root)
    with serving(root, title, *paths, comm=comm) as pid:
        found = [one for one in running_kubelets(machine) if one.socket is not None]
        assert [(one.pid, one.program, one.inside, one.socket) for one in found] == [(pid, program, inside, f"/{paths[0]}")]
    assert (root / paths[0]).is_socket()
    assert served_sockets(machine) == (), "it has ended, and its sockets are left"


def test_what_nobody_serves(machine: Machine, root: Path) -> None:
    assert running_kubelets(machine) == ()
    (root / PLUGINS).parent.mkdir(parents=True)
    (root / PLUGINS).write_text("a file")
    (root / RESOURCES).mkdir(parents=True)
    assert running_kubelets(machine) == ()


def test_one_that_takes_no_more_connections_is_there(machine: Machine, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / PLUGINS).parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as line, socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        line.bind(str(root / PLUGINS))
        line.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(str(root / PLUGINS))
        monkeypatch.setattr(kubelet_sockets, "_SECONDS", 0.05)
        assert served_sockets(machine) == (ServedSocket(f"/{PLUGINS}", 0),)


def test_kubelets_with_other_roots_are_on_the_kernels_list(machine: Machine, root: Path) -> None:
    k0s, gone = "/var/lib/k0s/kubelet/pod-resources", "/else/where/device-plugins/kubelet.sock"
    listed(
        machine,
        (LISTENS, f"{k0s}/1234567890"),
        (LISTENS, gone),
        (LISTENS, "/var/lib/kubelet/device-plugins/vendor.sock"),
        (LISTENS, "/run/containerd/containerd.sock"),
        (TALKS, "/talks/device-plugins/kubelet.sock"),
        (LISTENS, "@abstract"),
    )
    with serving(root, "k0s", f"{k0s}/kubelet.sock".lstrip("/")) as pid:
        assert served_sockets(machine) == (ServedSocket(f"{k0s}/kubelet.sock", pid), ServedSocket(gone, 0))


def test_one_that_cannot_be_reached_is_a_kubelet_that_cannot_be_seen(machine: Machine) -> None:
    listed(machine, (LISTENS, "/var/lib/kubelet/device-plugins/kubelet.sock"))
    assert running_kubelets(machine) == (RunningKubelet(0, inside=True, socket=f"/{PLUGINS}"),)
    with pytest.raises(
        KubeletNotFound,
        match=f"a process that cannot be seen from here serves /{PLUGINS}: run this on the node itself, in the node's PID namespace.$",
    ):
        find_kubelet(machine)
    assert local_kubelet(machine).version is None


def seen_from_a_container(machine: Machine) -> None:
    """As the node's /proc is mounted into one: this process has another number there, and the kernel knows no number of whoever listens."""
    (machine.proc / "self").symlink_to(str(os.getpid() + 1))


def test_in_a_container_the_only_one_by_name_serves_the_nodes_sockets(machine: Machine) -> None:
    seen_from_a_container(machine)
    process(machine, 8, "/usr/bin/kubelet")
    listed(machine, (LISTENS, f"/elsewhere/{PLUGINS}"))
    assert running_kubelets(machine) == (RunningKubelet(8, "kubelet", socket=f"/elsewhere/{PLUGINS}"),)
    assert find_kubelet(machine).pid == 8


@pytest.mark.parametrize("other", [("/usr/bin/kubelet",), ("/usr/local/bin/k3s", "server")])
def test_in_a_container_nobody_tells_which_of_two_it_is(other: tuple[str, ...], machine: Machine) -> None:
    seen_from_a_container(machine)
    process(machine, 8, "/usr/bin/kubelet")
    process(machine, 9, *other)
    listed(machine, (LISTENS, f"/elsewhere/{PLUGINS}"))
    assert [one.pid for one in running_kubelets(machine)] == [0, 8, 9]
    with pytest.raises(KubeletNotFound):
        find_kubelet(machine)


def test_each_process_once_sockets_before_names(machine: Machine, root: Path) -> None:
    with serving(root, "kubelet", PLUGINS, RESOURCES) as pid:
        for one, words in ((7, ("/usr/bin/rke2", "agent")), (8, ("/usr/bin/kubelet",)), (pid, ("/usr/bin/kubelet",))):
            process(machine, one, *words)
        (machine.proc / "7/cgroup").write_text("12:pids:/system.slice/rke2-agent.service\n0::/system.slice/rke2-agent.service\n")
        assert running_kubelets(machine) == (
            RunningKubelet(pid, "kubelet", socket=f"/{PLUGINS}"),
            RunningKubelet(8, "kubelet"),
            RunningKubelet(7, "rke2", inside=True, unit="rke2-agent.service"),
        )
        assert find_kubelet(machine).pid == pid, "of two by name the one that serves this machine's sockets"


@pytest.mark.parametrize(
    ("says", "version", "inside", "gates"),
    [
        pytest.param(f"echo '{RAW}'", "v1.20.15", "", {"A": True}, id="a kubelet under another name, with its own flags"),
        pytest.param("echo 'k3s version v1.30.4+k3s1 (98262b5d)'", "v1.30.4+k3s1", "edgecore", None, id="a program that is called after its Kubernetes"),
    ],
)  # fmt: skip
def test_version_and_settings(machine: Machine, root: Path, says: str, version: str, inside: str, gates: dict[str, bool] | None) -> None:
    with serving(root, "edgecore", PLUGINS) as pid:
        process(machine, pid, "/usr/local/bin/edgecore", "--feature-gates=A=true", "--hostname-override=Other", says=says)
        found = find_kubelet(machine)
        told = local_kubelet(machine)
    assert (found.pid, found.start.kubelet_version, found.inside) == (pid, as_version(version), inside)
    assert found.start.feature_gates == gates
    assert (told.version, told.runs) == (as_version(version), True)
    if inside:
        assert (told.config, told.static_pods, told.endpoint, told.name) == (None, None, None, os.uname().nodename.lower())
        assert told.told.endswith(", inside edgecore)")
        assert (
            told.config_problem
            == "its configuration and its gates cannot be seen, since the kubelet is a part of edgecore; give them with -f"
        )
        assert told.static_pods_problem.endswith("part of edgecore; give them with --static-pods")
    else:
        assert (told.config, told.name) == (KubeletConfig(feature_gates={"A": True}), "Other")


def test_one_that_does_not_tell_its_kubernetes(machine: Machine, root: Path) -> None:
    with serving(root, "edgecore", PLUGINS) as pid:
        process(machine, pid, "/usr/local/bin/edgecore", says="echo 'KubeEdge v1.17.0'")
        with pytest.raises(KubeletNotFound, match=rf"process {pid} \(edgecore\): does not tell its version: see what its binary answers"):
            find_kubelet(machine)
        told = local_kubelet(machine)
    assert (told.version, told.runs) == (None, False)
    assert "does not tell its version" in told.why_unknown


def test_systemd_names_the_program_that_starts_it(machine: Machine, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MAINPID is rke2 or k0s, and the kubelet its child's child; a kubelet of somebody else's is not taken for it."""
    for pid, parent, words in ((7, 1, ("rke2", "server")), (8, 7, ("/bin/sh",)), (9, 8, ("kubelet",)), (10, 1, ("kubelet",))):
        folder = process(machine, pid, *words)
        (folder / "stat").write_text(f"{pid} (a ) b) S {parent} " + " ".join(["0"] * 17) + " 123456 0 0")
    monkeypatch.setenv("MAINPID", "7")
    assert find_kubelet(machine).pid == 9
    monkeypatch.setenv("MAINPID", "8")
    assert find_kubelet(machine, patience=0).pid == 9
    process(machine, 11, "containerd")
    with pytest.raises(KubeletNotFound, match="process 11: is no kubelet"):
        find_kubelet(machine, pid=11, patience=0)


def test_systemd_names_the_program_that_has_it_inside(machine: Machine, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(root, "k3s", PLUGINS) as pid:
        process(machine, pid, "/usr/local/bin/k3s server", says="echo 'k3s version v1.30.4+k3s1 (98262b5d)'")
        monkeypatch.setenv("MAINPID", str(pid))
        assert find_kubelet(machine).start.kubelet_version == as_version("v1.30.4+k3s1")


def test_one_inside_another_program_keeps_its_binary_from_being_taken(machine: Machine, root: Path) -> None:
    """The kubelet on the disk is not the one that runs."""
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/kubelet").write_text("#!/bin/sh\necho 'Kubernetes v1.22.17'\n")
    (root / "usr/bin/kubelet").chmod(0o755)
    assert local_kubelet(machine).version == as_version("v1.22.17")
    process(machine, 7, "/usr/local/bin/microshift", "run")
    assert local_kubelet(machine).version is None
    nothing = replace(machine, proc=root / "no-proc")
    assert local_kubelet(nothing).version == as_version("v1.22.17")


ID = "4f1c0d2b" * 8


@pytest.mark.parametrize(
    ("cgroups", "expected"),
    [
        pytest.param(f"0::/system.slice/docker-{ID}.scope\n", ID, id="docker, systemd"),
        pytest.param(f"12:cpu:/docker/{ID}\n1:name=systemd:/docker/{ID}\n", ID, id="docker, version 1"),
        pytest.param(f"0::/machine.slice/libpod-{ID}.scope\n", ID, id="podman"),
        pytest.param(f"0::/kubepods.slice/kubepods-podab.slice/cri-containerd-{ID}.scope\n", ID, id="a container of a pod"),
        pytest.param(f"0::/kubepods/burstable/podab/{ID}\n", ID, id="a container of a pod, cgroupfs"),
        pytest.param(f"0::/system.slice/containerd.service/kubepods-podab.slice:cri-containerd:{ID}\n", ID, id="named as runc wants"),
        pytest.param("0::/default/kubelet\n", "kubelet", id="ctr"),
        pytest.param("0::/system.slice/kubelet.service\n", "", id="its unit"),
        pytest.param(f"0::/docker/{ID}/kubelet.slice/kubelet.service\n", "", id="a unit of a node that is a container as a whole"),
        pytest.param("0::/\n", "", id="not to be seen from here"),
    ],
)
def test_the_container_that_a_process_is_in(machine: Machine, cgroups: str, expected: str) -> None:
    (machine.proc / "41").mkdir()
    (machine.proc / "41/cgroup").write_text(cgroups)
    assert container_of(machine, 41) == expected


def test_a_kubelet_in_a_container_is_called_so() -> None:
    assert RunningKubelet(41, "kubelet", container=ID).words == "process 41, in container 4f1c0d2b4f1c0"


def test_what_is_told_of_a_kubelet_in_a_container(machine: Machine) -> None:
    folder = process(machine, 8, "kubelet", "--network-plugin=cni")
    (folder / "cgroup").write_text(f"0::/system.slice/docker-{ID}.scope\n")
    kubelet = local_kubelet(machine)
    assert kubelet.container == ID
    (told,) = Here(kubelet, "worker-1").arguments
    assert told == KubeletArguments(("--network-plugin=cni",), "the command line of its kubelet", "worker-1", container=ID, runs=True)
    assert Here(replace(kubelet, command_line=()), "worker-1").arguments[0].container == ID, "of another program's kubelet, too"
    assert Here(kubelet).arguments == (), "on no node of the plan"
