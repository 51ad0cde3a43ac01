"""Which distribution a node of a plan is of, by whose build of the kubelet it runs: what a command for the node has to name.

microk8s is told by the label that it gives its nodes, since its versions are upstream's; the others by the version's suffix. What has the
kubelet inside and is not called after its Kubernetes does not tell the version of that.
"""

from __future__ import annotations

from itertools import chain

from upgradecheck.model.distributions import CRIO_SOCKET, DISTRIBUTIONS, PLAIN, Distribution
from upgradecheck.model.plan import PlannedNode
from upgradecheck.model.runtimes import CONTAINERD, CRIO, DOCKER, runtime_name
from upgradecheck.reporting.overriding import vendor_of

_SOCKETS = {CRIO: CRIO_SOCKET, DOCKER: "/run/cri-dockerd.sock"}


def distribution_of(node: PlannedNode) -> Distribution:
    """The one whose build a node runs; kubeadm's and the like where nothing tells another."""
    told = vendor_of(node)
    by_version = (one for one in DISTRIBUTIONS if one.vendor and told.startswith(one.vendor))
    by_label = (one for one in DISTRIBUTIONS if one.label and one.label in node.labels)
    return next(chain(by_version, by_label), PLAIN)


def unit_of(node: PlannedNode) -> str:
    """The systemd unit that runs its kubelet."""
    return distribution_of(node).units[0 if node.control_plane else 1]


def socket_of(node: PlannedNode) -> str:
    """Where its runtime listens."""
    return _SOCKETS.get(runtime_name(node.runtime) or "", distribution_of(node).socket)


def containerd_option(node: PlannedNode) -> str:
    """The option by which override finds containerd where it is not at its usual place; empty where it is."""
    socket = distribution_of(node).socket
    return "" if socket == PLAIN.socket or runtime_name(node.runtime) != CONTAINERD else f" --containerd {socket}"
