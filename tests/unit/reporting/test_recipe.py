"""The commands of ``doctor --recipe``: for the cluster at hand, for any, and with names that a shell must not take for commands."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.patience import PATIENCE
from upgradecheck.decode.kubelet.version import reported_version
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.reporting.recipe import Cluster, Recipe, script

NEWEST = CATALOG.minors()[-1]
WORKER = NodeFacts("worker-1", reported_version("v1.30.4-eks-a737599"), "containerd://1.7.2", {}, Origin("here"), os="linux")
DOCKER = replace(WORKER, name="old-1", runtime="docker://20.10.7", kubelet_version=reported_version("v1.22.17"))
WINDOWS = replace(WORKER, name="win-1", os="windows")
VIRTUAL = replace(WORKER, name="virtual-1", virtual=True)
HOSTILE = replace(WORKER, name="a;$(reboot)")
OF_CLUSTER = """\
#!/bin/sh
# What a plan needs of this cluster: context prod, https://10.0.0.1:6443, 2 nodes.
# Run it with sh, or type its lines. They only read, and write into a new directory here.
# Specs of pods may hold secrets, so only you may open it.
umask 077
mkdir dump || exit 1

# From here, and all at one moment, so that it fits together.
kubectl --context prod version -o json > dump/version.json
kubectl --context prod get nodes -o json > dump/nodes.json
kubectl --context prod get pods --all-namespaces -o json > dump/pods.json
kubectl --context prod get poddisruptionbudgets --all-namespaces -o json > dump/poddisruptionbudgets.json

# On each node, as root: what its containers carry, how its kubelet is started. This line says how a node is reached; change it to yours.
on_node() { ssh -n "$1" "sudo $2"; }
on_node old-1 "curl -sS --unix-socket /var/run/docker.sock 'http://localhost/containers/json?all=1'" > dump/old-1-docker.json
on_node old-1 'systemctl cat kubelet' > dump/old-1-kubelet.txt
on_node old-1 'cat /var/lib/kubelet/kubeadm-flags.env' > dump/old-1-kubeadm-flags.env
on_node worker-1 'crictl ps -a -o json' > dump/worker-1-crictl-ps.json
on_node worker-1 'crictl pods -o json' > dump/worker-1-crictl-pods.json
on_node worker-1 'systemctl cat kubelet' > dump/worker-1-kubelet.txt
on_node worker-1 'cat /var/lib/kubelet/kubeadm-flags.env' > dump/worker-1-kubeadm-flags.env

# What a failed command leaves empty is named in the plan, and what hangs on it is unknown. Write the version that you mean:
upgradecheck plan --to 1.31 -f dump/
"""


def of(*nodes: NodeFacts, context: str | None = "prod", namespaces: tuple[str, ...] = ()) -> str:
    options = () if context is None else ("--context", context)
    return script(Recipe(NEWEST, options, namespaces, Cluster(context, "https://10.0.0.1:6443", nodes)))


def test_the_cluster_at_hand() -> None:
    assert of(DOCKER, WORKER) == OF_CLUSTER


def test_only_some_namespaces() -> None:
    told = of(WORKER, namespaces=("shop", "shop", "pay"))
    assert "get pods -n shop -o json > dump/pods-shop.json\n" in told
    assert "get pods -n pay -o json > dump/pods-pay.json\n" in told
    assert told.endswith("\nupgradecheck plan --to 1.31 -n shop -n pay -f dump/\n")


@pytest.mark.parametrize(
    ("node", "told"),
    [
        pytest.param(WINDOWS, "# 1 node with Windows, or of a Virtual Kubelet: which command would do is not known.\n", id="Windows"),
        pytest.param(
            VIRTUAL, "# 1 node with Windows, or of a Virtual Kubelet: which command would do is not known.\n", id="a Virtual Kubelet"
        ),
        pytest.param(HOSTILE, "# 1 node without a name that Kubernetes allows: nothing is asked there.\n", id="a hostile name"),
    ],
)
def test_nodes_that_get_no_command(node: NodeFacts, told: str) -> None:
    found = of(node)
    assert told in found
    assert node.name not in found


@pytest.mark.parametrize(
    ("nodes", "to"),
    [
        pytest.param((replace(WORKER, kubelet_version=reported_version(f"v{NEWEST}.0")),), str(NEWEST), id="nothing newer is known"),
        pytest.param((replace(WORKER, kubelet_version=None),), str(NEWEST), id="no node tells its version"),
        pytest.param((WORKER, DOCKER), "1.31", id="the next minor of the newest"),
    ],
)
def test_the_version_to_upgrade_to_is_one_that_is_known(nodes: tuple[NodeFacts, ...], to: str) -> None:
    assert f"upgradecheck plan --to {to} -f dump/\n" in of(*nodes)


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(of(DOCKER, WORKER, WINDOWS, HOSTILE), id="the cluster at hand"),
        pytest.param(of(WORKER, context="a\nreboot\x1b[2J'\"$(reboot)", namespaces=("a b", "$(reboot)")), id="hostile words"),
        pytest.param(script(Recipe(NEWEST)), id="any cluster"),
        pytest.param(script(Recipe(NEWEST, ("--kubeconfig", "my file"), ("shop",))), id="any cluster, by a file"),
    ],
)
def test_a_shell_takes_it(text: str) -> None:
    assert subprocess.run(["sh", "-n"], input=text.encode(), timeout=PATIENCE, capture_output=True, check=True).stderr == b""
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "\x1b" not in "".join(comments)
