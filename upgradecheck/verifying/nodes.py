"""Which nodes run the new kubelet.

A node that reports another patch of the minor that was planned for has been upgraded: who plans for 1.31 means what his vendor calls 1.31,
and within a minor hardly anything differs. Where the plan is of one minor, the patch tells. A node that ran the new version before the plan
was made cannot be told from one whose kubelet was started anew since, unless its start was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.model.aftermath import EventKind
from upgradecheck.model.plan import Plan, PlannedNode, PlannedPod
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.verification import NodeState
from upgradecheck.model.version import KubeletVersion, ReportedVersion
from upgradecheck.verifying.after import After, Asked


class NodeNow(msgspec.Struct, frozen=True, gc=False):
    """A node of the plan as it is now.

    started_at: the first start of its kubelet since the plan that an event tells of, in nanoseconds. is_first_start: there was none before
    it, since events that are as old as the plan are still kept; else its own event may have expired. last_started_at: the last start: the
    new kubelet is one of those from the first to the last. upgraded_by: when it had the new kubelet at the latest, as its Node tells by
    when that was written, or this machine by when its kubelet was started. running_since: when this machine's kubelet was. starts: when a
    kubelet was started since the plan, by events and by this machine. ready_at: when its Node became ready since the plan, which most
    starts make it anew, within seconds of them.
    """

    name: str
    state: NodeState
    planned: PlannedNode
    runs: str | None = None
    rebooted: bool | None = None
    started_at: int | None = None
    is_first_start: bool = False
    last_started_at: int | None = None
    upgraded_by: int | None = None
    running_since: int | None = None
    starts: tuple[int, ...] = ()
    ready_at: int | None = None


def nodes_now(plan: Plan, after: After) -> dict[str, NodeNow]:
    """The nodes of the plan, each as it is now, by name."""
    latest = _latest_start(plan.pods)
    read_at = 0 if plan.scope.cluster is None else plan.scope.cluster.read_at
    return {node.name: _node_now(node, after, max(read_at, latest.get(node.name, 0))) for node in plan.nodes}


def _latest_start(pods: Sequence[PlannedPod]) -> dict[str, int]:
    """By node, the last start of a container that the plan saw. What it tells was seen after that; of dumps nobody knows how long after,
    and when the plan was made of them tells nothing, since that may have been after the upgrade. Of a live cluster it is known.
    """
    found: dict[str, int] = {}
    for pod in pods:
        for one in pod.containers:
            if pod.node is not None and one.started_at is not None:
                found[pod.node] = max(found.get(pod.node, 0), one.started_at)
    return found


def _node_now(node: PlannedNode, after: After, planned_at: int) -> NodeNow:
    asked = after.asked if after.asked is not None and after.asked.name == node.name else None
    facts = after.nodes.get(node.name)
    version = asked.version if asked is not None else None if facts is None else facts.kubelet_version
    boot = asked.boot_id if asked is not None else None if facts is None else facts.boot_id
    starts = [one.first for one in after.told_of_node(node.name, EventKind.STARTING) if one.first is not None and one.first > planned_at]
    restarted = bool(starts) or (asked is not None and (asked.started_at or 0) > planned_at)
    here = 0 if asked is None else asked.started_at or 0
    return NodeNow(
        name=node.name,
        state=_state(node, version, after, is_told=asked is not None or facts is not None, restarted=restarted),
        planned=node,
        runs=None if version is None else version.text,
        rebooted=_rebooted(node, boot, after, planned_at),
        started_at=min(starts, default=None),
        is_first_start=bool(starts) and after.events_since is not None and after.events_since <= planned_at,
        last_started_at=max(starts, default=None),
        upgraded_by=_upgraded_by(node, facts, asked),
        running_since=None if asked is None else asked.started_at,
        starts=(*starts, here) if here > planned_at else tuple(starts),
        ready_at=facts.ready_since if facts is not None and facts.ready_since > planned_at else None,
    )


def _upgraded_by(node: PlannedNode, facts: NodeFacts | None, asked: Asked | None) -> int | None:
    """A Node that tells the new version was written by the new kubelet."""
    written = facts is not None and isinstance(facts.kubelet_version, KubeletVersion) and is_upgraded(node, facts.kubelet_version)
    times = [facts.seen_at if facts is not None and written else 0, 0 if asked is None else asked.started_at or 0]
    return min(filter(None, times), default=None)


def _state(node: PlannedNode, version: ReportedVersion | None, after: After, *, is_told: bool, restarted: bool) -> NodeState:
    if after.only is not None and node.name not in after.only:
        return NodeState.PENDING
    if not is_told:
        return NodeState.GONE if after.everything and after.nodes else NodeState.UNSEEN
    if version is None:
        return NodeState.UNSEEN
    if not isinstance(version, KubeletVersion):
        return NodeState.OTHER
    if is_upgraded(node, version):
        ran_it_before = version.release in (_release(node.from_version), _release(node.reported))
        return NodeState.PENDING if ran_it_before and not restarted else NodeState.UPGRADED
    old = {_release(node.from_version), _release(node.reported)}
    return NodeState.PENDING if version.release in old or old == {None} else NodeState.OTHER


def is_upgraded(node: PlannedNode, version: KubeletVersion) -> bool:
    """Whether a version is the one that the node was to get."""
    start, target = node.from_version, node.to_version
    within = start is not None and start.minor == target.minor
    return version.release == target.release if within else version.minor == target.minor


def _release(version: KubeletVersion | None) -> str | None:
    return None if version is None else version.release


def _rebooted(node: PlannedNode, boot: str | None, after: After, planned_at: int) -> bool | None:
    if node.boot_id is not None and boot is not None:
        return node.boot_id != boot
    told = after.told_of_node(node.name, EventKind.REBOOTED)
    return True if any(one.last is not None and one.last > planned_at for one in told) else None
