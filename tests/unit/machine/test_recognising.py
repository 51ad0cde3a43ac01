"""Whose node a machine is, by what runs there, by its units, by its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.machine.kubelet_host import PLUGINS, serving
from tests.unit.machine.test_running_kubelets import machine, root
from tests.unit.machine.test_which_kubelet import process
from upgradecheck.machine.node import Machine
from upgradecheck.machine.recognising import NodeSetup, recognised
from upgradecheck.model.distributions import DISTRIBUTIONS, PLAIN, Distribution

__all__ = ["machine", "root"]


def written(machine: Machine, path: str, text: str = "") -> None:
    file = machine.root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def told(found: NodeSetup | None) -> tuple[str, str | None]:
    assert found is not None
    return found.distribution.name, found.unit


def in_unit(folder: Path, unit: str) -> None:
    (folder / "cgroup").write_text(f"0::/system.slice/{unit}\n")


def test_a_machine_that_is_no_node(machine: Machine) -> None:
    assert recognised(machine) is None


@pytest.mark.parametrize("one", DISTRIBUTIONS, ids=lambda one: one.name)
def test_each_by_its_unit_and_its_files(machine: Machine, one: Distribution) -> None:
    for place in (*one.marks, *one.configuration, *([one.manifests] if one.manifests else []), one.socket):
        written(machine, f"{place}/x" if place in one.marks or place.endswith(".d") else place)
    assert told(recognised(machine))[0] == one.name
    written(machine, f"etc/systemd/system/{one.services[-1]}")
    found = recognised(machine)
    assert told(found) == (one.name, one.services[-1])
    assert found is not None
    assert (found.socket, found.manifests, found.configuration, found.beside) == (one.socket, one.manifests, one.configuration, ())


def test_kubeadms(machine: Machine) -> None:
    written(machine, "usr/lib/systemd/system/kubelet.service")
    written(machine, "etc/kubernetes/kubelet.conf")
    found = recognised(machine)
    assert told(found) == (PLAIN.name, "kubelet.service")
    assert found == replace(found or NodeSetup(PLAIN), configuration=(), kubeconfig="/etc/kubernetes/kubelet.conf", socket=None, beside=())


@pytest.mark.parametrize(
    ("words", "unit", "name"),
    [
        pytest.param(("/usr/local/bin/k3s server",), "k3s.service", "k3s", id="a part of k3s, which calls itself so"),
        pytest.param(("/usr/local/bin/k3s agent",), None, "k3s", id="without a unit, by its program"),
        pytest.param(("kubelet", "--v=2"), "rke2-agent.service", "rke2", id="rke2's child has the kubelet's own name"),
        pytest.param(("/var/lib/k0s/bin/kubelet",), "k0sworker.service", "k0s", id="k0s's, too"),
        pytest.param(("/snap/microk8s/1/kubelite",), "snap.microk8s.daemon-kubelite.service", "microk8s", id="kubelite"),
        pytest.param(("/usr/local/bin/edgecore",), "edgecore.service", "KubeEdge", id="edgecore"),
        pytest.param(("/usr/bin/kubelet",), "kubelet.service", PLAIN.name, id="kubeadm's"),
        pytest.param(("/usr/bin/kubelet",), "my-kubelet.service", PLAIN.name, id="a unit of another name"),
    ],
)
def test_by_what_runs_whatever_else_is_here(machine: Machine, words: tuple[str, ...], unit: str | None, name: str) -> None:
    for other in ("k3s.service", "kubelet.service"):
        written(machine, f"etc/systemd/system/{other}")
    folder = process(machine, 7, *words)
    if unit is not None:
        in_unit(folder, unit)
    found = recognised(machine)
    assert told(found)[0] == name
    if unit is not None:
        assert told(found)[1] == unit
    assert found is not None
    assert set(found.beside) == {"k3s", PLAIN.name} - {name}


def test_by_the_socket_of_a_kubelet_in_a_program_of_any_name(machine: Machine) -> None:
    with serving(machine.root, "microshift", PLUGINS) as pid:
        in_unit(process(machine, pid, "/usr/bin/microshift", "run"), "microshift.service")
        assert told(recognised(machine)) == ("MicroShift", "microshift.service")


def test_a_drop_in_that_records(machine: Machine) -> None:
    written(machine, "etc/systemd/system/k3s.service")
    written(machine, "etc/systemd/system/k3s.service.d/10.conf", "[Service]\n# checkpoint record: not here\nEnvironment=A=b\n")
    written(machine, "etc/systemd/system/k3s.service.d/20.conf", "[Service]\nExecStopPost=-upgradecheck checkpoint record --stopped\n")
    (machine.root / "etc/systemd/system/k3s.service.d/30.conf").mkdir()
    os.mkfifo(machine.root / "etc/systemd/system/k3s.service.d/40.conf")
    found = recognised(machine)
    assert found is not None
    assert not found.records
    written(machine, "etc/systemd/system/k3s.service.d/50.conf", "[Service]\nExecStartPost=-upgradecheck checkpoint record\n")
    found = recognised(machine)
    assert found is not None
    assert found.records


def test_in_a_unit_of_one_that_one_is_started_whatever_is_left_of_another(machine: Machine) -> None:
    """As ExecStartPre of kubelet.service, on a node where k3s was tried before."""
    written(machine, "etc/systemd/system/k3s.service")
    written(machine, "etc/rancher/k3s/config.yaml")
    written(machine, "usr/lib/systemd/system/kubelet.service")
    assert told(recognised(machine)) == ("k3s", "k3s.service")
    (machine.proc / str(os.getpid())).mkdir()
    in_unit(machine.proc / str(os.getpid()), "kubelet.service")
    found = recognised(machine)
    assert told(found) == (PLAIN.name, "kubelet.service")
    assert found is not None
    assert found.beside == ("k3s",)
    in_unit(machine.proc / str(os.getpid()), "cron.service")
    assert told(recognised(machine)) == ("k3s", "k3s.service")
