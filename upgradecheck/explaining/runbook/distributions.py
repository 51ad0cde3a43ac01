"""Where a node's kubelet, runtime and state are, by whose build of the kubelet it runs: what a command for the node has to name.

k3s, rke2 and k0s have kubelet and containerd inside their own unit, whose name is another one on a server than on an agent; containerd ends
with it. In microk8s and KubeEdge only the kubelet is inside (kubelite, edgecore): containerd is a unit of its own, and goes on. microk8s
is told by the label that it gives its nodes, since its versions are upstream's; the others by the version's suffix. What has the kubelet
inside and is not called after its Kubernetes does not tell the version of that.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.plan import PlannedNode
from upgradecheck.model.runtimes import CONTAINERD, CRIO, DOCKER, runtime_name
from upgradecheck.reporting.overriding import vendor_of


class Distribution(msgspec.Struct, frozen=True, gc=False):
    """units: of a server, and of an agent. containerd: where its socket is. directory: the kubelet's own; None where it is not known.

    inside: the kubelet is a part of the unit's program. tells_version: which kubelet it is can be asked of it.
    """

    units: tuple[str, str] = ("kubelet", "kubelet")
    containerd: str = "/run/containerd/containerd.sock"
    directory: str | None = "/var/lib/kubelet"
    inside: bool = False
    tells_version: bool = True


_PLAIN = Distribution()
_RANCHER = "/run/k3s/containerd/containerd.sock"
_BY_VENDOR: Mapping[str, Distribution] = {
    "k3s": Distribution(("k3s", "k3s-agent"), _RANCHER, inside=True),
    "rke2": Distribution(("rke2-server", "rke2-agent"), _RANCHER, inside=True),
    "k0s": Distribution(("k0scontroller", "k0sworker"), "/run/k0s/containerd.sock", "/var/lib/k0s/kubelet", inside=True),
    "kubeedge": Distribution(("edgecore", "edgecore"), directory=None, inside=True, tells_version=False),
}
"""By how the suffix of its version begins."""
_MICROK8S_LABEL = "microk8s.io/cluster"
_SNAP = "/var/snap/microk8s/common"
_MICROK8S = Distribution(
    ("snap.microk8s.daemon-kubelite", "snap.microk8s.daemon-kubelite"),
    f"{_SNAP}/run/containerd.sock",
    f"{_SNAP}/var/lib/kubelet",
    inside=True,
    tells_version=False,
)
_SOCKETS = {CRIO: "/run/crio/crio.sock", DOCKER: "/run/cri-dockerd.sock"}


def distribution_of(node: PlannedNode) -> Distribution:
    """The one whose build a node runs; kubeadm's and the like where nothing tells another."""
    told = vendor_of(node)
    found = next((one for vendor, one in _BY_VENDOR.items() if told.startswith(vendor)), None)
    return found or (_MICROK8S if _MICROK8S_LABEL in node.labels else _PLAIN)


def unit_of(node: PlannedNode) -> str:
    """The systemd unit that runs its kubelet."""
    return distribution_of(node).units[0 if node.control_plane else 1]


def socket_of(node: PlannedNode) -> str:
    """Where its runtime listens."""
    return _SOCKETS.get(runtime_name(node.runtime) or "", distribution_of(node).containerd)


def containerd_option(node: PlannedNode) -> str:
    """The option by which override finds containerd where it is not at its usual place; empty where it is."""
    socket = distribution_of(node).containerd
    return "" if socket == _PLAIN.containerd or runtime_name(node.runtime) != CONTAINERD else f" --containerd {socket}"
