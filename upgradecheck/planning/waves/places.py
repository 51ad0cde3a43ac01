"""Where a node belongs, by its labels: pool, zone, control plane, etcd.

There is no label of Kubernetes' own for a pool; each who makes nodes has one, and some nodes have two of them (Karpenter beside EKS, AKS
old and new): the first that is there counts. Where there is none, roles (``node-role.kubernetes.io/infra``, which OpenShift's pools of
machines are made by) tell nodes apart. Zones have one label since 1.17, and had another before, which clouds still set beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from upgradecheck.model.alike import those
from upgradecheck.model.plan import PlannedNode, PlannedPod
from upgradecheck.model.pod import PodSource

POOL_LABELS = (
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/provisioner-name",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "worker.gardener.cloud/pool",
    "alibabacloud.com/nodepool-id",
    "cce.cloud.com/cce-nodepool",
    "tke.cloud.tencent.com/nodepool-id",
    "doks.digitalocean.com/node-pool",
    "ibm-cloud.kubernetes.io/worker-pool-name",
    "k8s.scaleway.com/pool-name",
    "lke.linode.com/pool-id",
    "kops.k8s.io/instancegroup",
)
ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_ROLE = "node-role.kubernetes.io/"
_OLD_ROLE = "kubernetes.io/role"
_CONTROL_PLANE = frozenset({"control-plane", "controlplane", "master"})
"""kubeadm's since 1.20, RKE's, and kubeadm's before."""
_ETCD = "etcd"
_ORDINARY = frozenset({"worker", "node", "agent"})


_API_SERVER = "kube-apiserver"


class Places(NamedTuple):
    """What a PlannedNode says of it."""

    pool: str | None
    zone: str | None
    control_plane: bool
    etcd: bool
    labels: Mapping[str, str]


def places_of(labels: Mapping[str, str]) -> Places:
    """Of a node with these labels; without --wave-by, and without what static pods on it tell."""
    return Places(pool_of(labels, None), zone_of(labels), is_control_plane(labels), has_etcd(labels), labels)


def placed(nodes: Iterable[PlannedNode], pods: Sequence[PlannedPod], by: str | None) -> Iterator[PlannedNode]:
    """Nodes with their pools by this label, and with what static pods on them tell. No labels: the pool stays as it was told."""
    own: dict[str | None, set[str]] = {}
    for pod in those(pods, lambda pod: pod.source is not PodSource.API):
        own.setdefault(pod.node, set()).add(pod.workload.name)
    for node in nodes:
        names = own.get(node.name, ())
        yield replace(
            node,
            pool=pool_of(node.labels, by) if node.labels else node.pool,
            control_plane=node.control_plane or _API_SERVER in names,
            etcd=node.etcd or any(name.startswith(_ETCD) for name in names),
        )


def pool_of(labels: Mapping[str, str], by: str | None) -> str | None:
    """The pool: what the label says that was named, else the first that is known, else the roles that are no ordinary ones."""
    if by is not None:
        return labels.get(by)
    known = next((labels[label] for label in POOL_LABELS if labels.get(label)), None)
    return known or ",".join(sorted(_roles(labels) - _CONTROL_PLANE - _ORDINARY - {_ETCD})) or None


def zone_of(labels: Mapping[str, str]) -> str | None:
    """The zone."""
    return next((labels[label] for label in ZONE_LABELS if labels.get(label)), None)


def is_control_plane(labels: Mapping[str, str]) -> bool:
    """Whether its roles say that it has a part of the control plane."""
    return not _CONTROL_PLANE.isdisjoint(_roles(labels))


def has_etcd(labels: Mapping[str, str]) -> bool:
    """Whether its roles say that it has a member of etcd, as those of k3s, RKE2 and RKE do."""
    return _ETCD in _roles(labels)


def _roles(labels: Mapping[str, str]) -> frozenset[str]:
    """``node-role.kubernetes.io/ROLE``, whatever its value is but false; and what kops wrote before."""
    told = {label.removeprefix(_ROLE) for label, value in labels.items() if label.startswith(_ROLE) and value != "false"}
    return frozenset(told | ({labels[_OLD_ROLE]} if labels.get(_OLD_ROLE) else set()))
