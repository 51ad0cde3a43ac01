"""A node as admission sees it: what its Node object shows, with quantities read, and what else is known of its host.

The Node object that a restarted kubelet reads is the one that the kubelet before it wrote, so what a dump shows is what it goes by.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.decisions.admission.resources import allocatable
from upgradecheck.hashing.quantity import Quantity, parse_quantity
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NodeFacts

_APPARMOR = "AppArmor enabled"
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


class NodeView(msgspec.Struct, frozen=True, gc=False):
    """facts as decoded; room by resource in the scheduler's units, empty where the object shows none.

    apparmor: whether the host has AppArmor, None if nothing tells. pressures: conditions of that kind that are true.
    docker_over_cri: the runtime calls itself docker, and is spoken to over CRI; None if nothing tells how.
    safe_before: sysctls that the running kubelet lets every pod have, so that nobody had to allow them.
    """

    facts: NodeFacts
    room: Mapping[str, int]
    apparmor: bool | None
    pressures: tuple[str, ...]
    docker_over_cri: bool | None = False
    configs: Configs = SAME_CONFIG
    safe_before: frozenset[str] = frozenset()


def node_view(
    facts: NodeFacts,
    build: KubeletBuild,
    running: KubeletBuild | None,
    *,
    configs: Configs = SAME_CONFIG,
    docker_over_cri: bool = False,
) -> NodeView:
    """The node before an upgrade to build; running is the kubelet that wrote the Node object, None if it is not known.

    docker_over_cri: docker is known to be spoken to over CRI.
    """
    return NodeView(
        facts=facts,
        room=allocatable(_readable(facts.allocatable or {}), build),
        apparmor=_apparmor(facts, running),
        safe_before=frozenset() if running is None else frozenset(running.admission.safe_sysctls),
        pressures=tuple(condition.type for condition in facts.conditions if condition.type in _PRESSURES and condition.status == "True"),
        docker_over_cri=(True if docker_over_cri else None) if (facts.runtime or "").startswith("docker://") else False,
        configs=configs,
    )


def unreadable(facts: NodeFacts) -> tuple[str, ...]:
    """The resources of which the Node object's allocatable gives no quantity; what asks for them is not judged."""
    amounts = facts.allocatable or {}
    return tuple(name for name in amounts if name not in _readable(amounts))


def _readable(amounts: Mapping[str, str]) -> Mapping[str, Quantity]:
    """Those amounts that are quantities."""
    found = {}
    for name, text in amounts.items():
        try:
            found[name] = parse_quantity(text)
        except SpecRefused:
            continue
    return found


def _apparmor(facts: NodeFacts, running: KubeletBuild | None) -> bool | None:
    """Whether the Ready condition says so. Mirrors ReadyCondition in pkg/kubelet/nodestatus/setters.go (up to 1.29).

    Its absence tells only if the kubelet that wrote the condition would have said it.
    """
    ready = next((condition for condition in facts.conditions if condition.type == "Ready" and condition.status == "True"), None)
    if ready is None:
        return None
    if _APPARMOR in ready.message:
        return True
    return False if running is not None and running.admission.ready_tells_apparmor and ready.message else None
