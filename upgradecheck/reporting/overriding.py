"""How the overrides of a plan are carried out, which hangs on each node's runtime: a sentence for each way.

containerd's records can be written (``override apply``), if it can be restarted while no kubelet runs. k3s, rke2 and k0s end it with
their kubelet: there it is run alone for that (``--alone``). Where kubelets speak to docker themselves, its labels are written while it
is stopped (``--docker``). Every other runtime at an endpoint, CRI-O and cri-dockerd among them, is answered for by ``override proxy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from upgradecheck.model.distributions import DISTRIBUTIONS
from upgradecheck.model.plan import Plan, PlannedNode
from upgradecheck.model.runtimes import CONTAINERD, DOCKER, LAST_DOCKERSHIM, runtime_name

_NOT_MADE = "The override is planned, not made. Save the plan with -o json=plan.json, and "
_APPLY = "after the stop of the old kubelet and before the start of the new one: `upgradecheck override apply plan.json`."
_ALONE = "after the stop of the old one and before the start of the new one: `upgradecheck override apply plan.json --alone`."
_LABELS = (
    "after the stop of the old kubelet and before the start of the new one: `upgradecheck override apply plan.json --docker auto"
    " --restart-runtime`. Where cri-dockerd is in between, `upgradecheck override proxy` instead; where docker is part of a swarm, none."
)
_PROXY = (
    "before the new kubelet starts, and point that at it: "
    "`upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream SOCKET --map plan.json`."
)
TOGETHER = tuple(one.vendor for one in DISTRIBUTIONS if one.containerd is not None)
"""How the versions of distributions begin, behind the ``+``, that start and end containerd with the kubelet."""


class OverrideWay(Enum):
    """How an override is carried out on a kind of nodes: which they are, where there are several kinds, and what to do there."""

    RECORDS = ("with containerd", _APPLY)
    LABELS = ("whose kubelet speaks to docker itself", _LABELS)
    PROXY = ("with CRI-O or cri-dockerd", _PROXY)
    TOGETHER = ("of k3s, rke2 or k0s, where containerd ends with the kubelet", _ALONE)
    UNKNOWN = (
        "whose runtime was not seen",
        "with containerd `upgradecheck override apply plan.json` while no kubelet runs, with CRI-O or cri-dockerd"
        " `upgradecheck override proxy` before the new one starts; with dockershim `override apply plan.json --docker auto`.",
    )


_PIN = (
    "Static pods whose UID changes can be kept ({}): save the plan with -o json=plan.json and, on each node while the old kubelet still"
    " runs, `upgradecheck override pin plan.json`; then plan again with the manifests as they are then: what restarts all the same shows."
)


def override_steps(plan: Plan) -> Iterator[str]:
    """What to do about the overrides that are planned, and the pins that can be; none where there are none.

    What starts a kubelet with itself may write its manifests anew: there no pin is advised.
    """
    within = bool(plan.nodes) and all(vendor_of(node).startswith(TOGETHER) for node in plan.nodes)
    if plan.summary.override is not None and plan.summary.override.pinnable and not within:
        yield _PIN.format(plan.summary.override.pinnable)
    nodes = {node.name: node for node in plan.nodes}
    found = {way_of(nodes.get(one.node or "")) for one in plan.overrides.values()} if plan.overrides else set()
    for way in (one for one in OverrideWay if one in found):
        which, what = way.value
        yield f"{_NOT_MADE}on each node{'' if len(found) == 1 else f' {which}'}, {what}"


def way_of(node: PlannedNode | None) -> OverrideWay:
    """How an override is carried out on a node."""
    runtime = None if node is None else runtime_name(node.runtime)
    if node is None or runtime is None:
        return OverrideWay.UNKNOWN
    if runtime == DOCKER and _has_dockershim(node) and not node.docker_over_cri:
        return OverrideWay.LABELS
    if runtime != CONTAINERD:
        return OverrideWay.PROXY
    return OverrideWay.TOGETHER if vendor_of(node).startswith(TOGETHER) else OverrideWay.RECORDS


def _has_dockershim(node: PlannedNode) -> bool:
    """Both its kubelets; that cri-dockerd is in between all the same, nobody may have seen."""
    ends = (node.to_version, *([] if node.from_version is None else [node.from_version]))
    return all((one.minor.major, one.minor.minor) <= LAST_DOCKERSHIM for one in ends)


def vendor_of(node: PlannedNode) -> str:
    """Whose build of the kubelet it runs, or is to run; empty for upstream's, and where a plan of an older program does not tell."""
    told = (node.vendor, *(version.vendor for version in (node.from_version, node.to_version) if version is not None))
    return next((one for one in told if one), "")
