"""What ``doctor`` says of a stopped kubelet on a node of each distribution: nothing of it that nobody has seen, and no file that plan does not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.machine.test_which_kubelet import machine, process
from upgradecheck.commands.this_node import node_checks
from upgradecheck.machine.node import Machine
from upgradecheck.model.diagnosis import Check, CheckState
from upgradecheck.model.distributions import DISTRIBUTIONS, PLAIN, Distribution
from upgradecheck.model.errors import InputError
from upgradecheck.override.hold.stand_in import UNIT
from upgradecheck.sources.files import open_inputs

__all__ = ["machine"]

WRITTEN = {
    "/etc/rancher/k3s/config.yaml": "kubelet-arg: [max-pods=50]\n",
    "/etc/rancher/rke2/config.yaml": "kubelet-arg: [max-pods=50]\n",
    "/etc/k0s/k0s.yaml": "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec: {workerProfiles: [{name: a, values: {maxPods: 50}}]}\n",
    "/var/snap/microk8s/current/args/kubelet": "--max-pods=50\n",
    "/var/snap/k8s/common/args/kubelet": "--max-pods=50\n",
    "/etc/kubeedge/config/edgecore.yaml": (
        "apiVersion: edgecore.config.kubeedge.io/v1alpha2\nkind: EdgeCore\nmodules: {edged: {tailoredKubeletConfig: {maxPods: 50}}}\n"
    ),
    "/etc/microshift/config.yaml": "kubelet: {maxPods: 50}\n",
    "/etc/kubernetes/kubelet.conf": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\n",
}


def checks(root: Path, one: Distribution) -> dict[str, Check]:
    units = root / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / one.services[0]).write_text("[Service]\nExecStart=/usr/bin/started\n")
    for mark in one.marks:
        (root / mark.lstrip("/")).mkdir(parents=True, exist_ok=True)
    (root / "proc").mkdir()
    found, _ = node_checks(Machine(proc=root / "proc", machine_id=root / "id", system_uuid=root / "uuid", root=root))
    return {check.what: check for check in found}


@pytest.mark.parametrize("one", [PLAIN, *DISTRIBUTIONS], ids=lambda one: one.name)
def test_of_what_is_not_seen_nothing_is_told(tmp_path: Path, one: Distribution) -> None:
    found = checks(tmp_path, one)
    assert found["configuration of the kubelet"].state is CheckState.WARNING
    assert found["static pods"].state is CheckState.WARNING


@pytest.mark.parametrize("one", DISTRIBUTIONS, ids=lambda one: one.name)
def test_a_file_that_is_to_be_given_is_one_that_is_read(tmp_path: Path, one: Distribution) -> None:
    file = one.configuration[0]
    (tmp_path / file.lstrip("/")).parent.mkdir(parents=True)
    (tmp_path / file.lstrip("/")).write_text(WRITTEN[file])
    remedy = checks(tmp_path, one)["configuration of the kubelet"].remedy
    assert file in remedy
    assert remedy.startswith("Give plan with -f what the kubelet says of itself while it runs (kubectl ") is one.own_form
    assert is_read(str(tmp_path / file.lstrip("/"))) is not one.own_form


def is_read(path: str) -> bool:
    """Whether an input tells of a kubelet's configuration or command line."""
    try:
        with open_inputs((path,), recursive=False) as inputs:
            facts = inputs.facts()
    except InputError:
        return False
    return bool(facts.configs or facts.arguments)


def test_a_containerd_that_stands_in_is_told(tmp_path: Path) -> None:
    assert "containerd" not in checks(tmp_path, PLAIN)
    (tmp_path / "proc/5").mkdir()
    (tmp_path / "proc/5/cgroup").write_text(f"0::/system.slice/{UNIT}\n")
    (found,) = (one for one in node_checks(Machine(proc=tmp_path / "proc", root=tmp_path))[0] if one.what == "containerd")
    assert (found.state, UNIT in found.found) == (CheckState.WARNING, True)
    assert "systemctl stop upgradecheck-containerd-stand-in, and start its own unit" in found.remedy


RAW_1_31 = "echo 'Kubernetes v1.31.0'"
PROXY = ("python3", "upgradecheck", "override", "proxy", "--listen", "/run/our.sock", "--upstream", "/run/crio.sock", "--map", "/map.json")


@pytest.mark.parametrize(
    ("words", "says", "option"),
    [
        pytest.param((), None, "--docker auto", id="a kubelet with a dockershim, and docker's own containerd"),
        pytest.param(("--container-runtime=docker",), None, "--docker auto", id="the same, told so"),
        pytest.param(("--container-runtime=remote",), None, "--cri /run/containerd/containerd.sock", id="one that is told of a remote runtime, and not where"),
        pytest.param(
            ("--container-runtime", "remote", "--container-runtime-endpoint=unix:///run/cri-dockerd.sock"), None, "--cri /run/cri-dockerd.sock", id="cri-dockerd"
        ),
        pytest.param((), RAW_1_31, "--cri /run/containerd/containerd.sock", id="a newer one has no dockershim"),
        pytest.param(("--container-runtime-endpoint=unix:///run/crio.sock",), RAW_1_31, "--cri /run/crio.sock", id="CRI-O beside a containerd"),
        pytest.param(("--container-runtime-endpoint=unix:///run/our.sock",), RAW_1_31, "--cri /run/crio.sock", id="CRI-O behind a proxy of ours"),
    ],
)  # fmt: skip
def test_the_runtime_that_is_named_next_is_the_kubelets(machine: Machine, words: tuple[str, ...], says: str | None, option: str) -> None:
    (machine.root / "run/containerd").mkdir(parents=True)
    (machine.root / "run/containerd/containerd.sock").touch()
    process(machine, 5, *PROXY)
    if says is None:
        process(machine, 8, "/usr/bin/kubelet", *words)
    else:
        process(machine, 8, "/usr/bin/kubelet", *words, says=says)
    assert f" {option} --override " in node_checks(machine)[1][-1]


NEEDED = "/run/upgradecheck/cri.sock"
NEEDED_UNIT = f"""\
[Service]
ExecStart=/usr/bin/upgradecheck override proxy --listen {NEEDED} --upstream /run/containerd/containerd.sock --map /var/lib/upgradecheck/hold/map.json
"""


def amiss_on(root: Path, endpoint: str) -> list[Check]:
    """Beside a kubelet that is told this endpoint and does not run, on a node with the proxy's unit."""
    units = root / "etc/systemd/system"
    units.mkdir(parents=True)
    (root / "proc").mkdir()
    (units / "kubelet.service").write_text(f"[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=unix://{endpoint}\n")
    (units / "upgradecheck-proxy.service").write_text(NEEDED_UNIT)
    found, _ = node_checks(Machine(proc=root / "proc", machine_id=root / "id", system_uuid=root / "uuid", root=root))
    return [one for one in found if one.what == "override proxy"]


def test_a_proxy_that_the_kubelet_needs_and_that_does_not_run_is_told(tmp_path: Path) -> None:
    """The kubelet itself says only that it cannot connect to a socket."""
    (found,) = amiss_on(tmp_path, NEEDED)
    assert (found.state, "which does not run: no kubelet starts" in found.found) == (CheckState.WARNING, True)
    assert "systemctl start upgradecheck-proxy; or point the kubelet at unix:///run/containerd/containerd.sock" in found.remedy
    (tmp_path / "proc/5").mkdir()
    (tmp_path / "proc/5/cmdline").write_bytes(NEEDED_UNIT.partition("=")[2].strip().replace(" ", "\0").encode() + b"\0")
    (tmp_path / "proc/5/stat").write_text("5 (upgradecheck) S 1")
    found_then, _ = node_checks(Machine(proc=tmp_path / "proc", root=tmp_path))
    assert [one for one in found_then if one.what == "override proxy"] == []


def test_a_proxy_that_no_kubelet_needs_may_be_away(tmp_path: Path) -> None:
    assert amiss_on(tmp_path, "/run/containerd/containerd.sock") == []
