"""What a pod asks of a node, in a few numbers: kept for each of 150,000 pods, so replicas share one PodNeeds."""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.admission import QOSClass


class AppArmorAsk(Enum):
    """The strictest AppArmor profile that a pod asks for: none, one that any host with AppArmor has, or one that must be loaded.

    INVALID: the profile has no name, which refuses the pod on any host.
    """

    NONE = "none"
    DEFAULT = "default"
    LOCALHOST = "localhost"
    INVALID = "invalid"


class HostPort(msgspec.Struct, frozen=True, gc=False):
    """A port of the node; address is 0.0.0.0 for all."""

    address: str
    protocol: str
    port: int


class Requirement(msgspec.Struct, frozen=True, gc=False):
    """One line of a node selector term, as it stands in the pod."""

    key: str
    operator: str
    values: tuple[str, ...]


OWN_NODE = Requirement("metadata.name", "In", ("\0",))
"""The pod's node alone. It is told by its identity: a pod may say whatever it likes."""


class SelectorTerm(msgspec.Struct, frozen=True, gc=False):
    """One term of a required node affinity."""

    labels: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]


class Toleration(msgspec.Struct, frozen=True, gc=False):
    """One entry of spec.tolerations; empty key, operator and effect mean what they mean upstream."""

    key: str
    operator: str
    value: str
    effect: str


class DeviceAsk(msgspec.Struct, frozen=True, gc=False):
    """How much of an extended resource a container has by its limits, which is what a device manager goes by."""

    container: str
    resource: str
    amount: int


class PodNeeds(msgspec.Struct, frozen=True, gc=False):
    """What the spec asks, under one kubelet.

    requests: amounts by resource, cpu in thousandths; if_missing: amounts of extended resources as far as they count where a node does not
    list them; taken: what the pod takes from others' room, freed: what stopping it gives back, None where that is the same as requests.
    resizing: the status shows other resources than the spec. no_new_privs: an app container forbids that privileges are escalated;
    proc_mount: one has another proc mount than the default.
    """

    requests: tuple[tuple[str, int], ...] = ()
    if_missing: tuple[tuple[str, int], ...] = ()
    taken: tuple[tuple[str, int], ...] | None = None
    freed: tuple[tuple[str, int], ...] | None = None
    resizing: bool = False
    ports: tuple[HostPort, ...] = ()
    selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    os: str | None = None
    os_label: str | None = None
    apparmor: AppArmorAsk = AppArmorAsk.NONE
    unsafe_sysctls: tuple[str, ...] = ()
    strict_groups: bool = False
    sidecar: str | None = None
    pod_resources: bool = False
    features: tuple[str, ...] = ()
    qos: QOSClass = QOSClass.BEST_EFFORT
    no_new_privs: bool = False
    proc_mount: bool = False
    devices: tuple[DeviceAsk, ...] = ()

    @property
    def given_back(self) -> tuple[tuple[str, int], ...]:
        """What stopping the pod frees."""
        return self.requests if self.freed is None else self.freed


class PodRequest(msgspec.Struct, frozen=True, gc=False):
    """A pod that comes to admission. created is its creation time as written, None if unseen; priority None if it has none.

    affinity is None without a required node affinity; where that is for the pod's own node alone, as a DaemonSet's controller writes it, it
    says OWN_NODE, so that it is one for all pods of a DaemonSet.

    pending: its phase is Pending as far as the kubelet knows, which it is for every static pod after a restart.
    at_rest: its containers with devices that do not run, as far as seen; doubled: those beside whose newest record an older, ended one is.
    idle: its status shows that nothing of it runs. finished: its phase is Failed or Succeeded. deleted: it is being deleted, and is idle.
    """

    uid: str
    created: str | None
    needs: PodNeeds
    static: bool = False
    critical: bool = False
    priority: int | None = None
    node_name: str = ""
    affinity: tuple[SelectorTerm, ...] | None = None
    pending: bool = False
    idle: bool = False
    finished: bool = False
    deleted: bool = False
    at_rest: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    @property
    def required_affinity(self) -> tuple[SelectorTerm, ...] | None:
        """The affinity as it stands in the pod."""
        if self.affinity is None:
            return None
        return tuple(SelectorTerm(term.labels, tuple(_named(one, self.node_name) for one in term.fields)) for term in self.affinity)


def own_node_marked(field: Requirement, node: str) -> Requirement:
    """A requirement of a field, OWN_NODE where it is for this node alone."""
    return OWN_NODE if node and field == Requirement("metadata.name", "In", (node,)) else field


def _named(field: Requirement, node: str) -> Requirement:
    return Requirement("metadata.name", "In", (node,)) if field is OWN_NODE else field
