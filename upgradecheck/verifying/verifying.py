"""A plan and what is seen after it to a Verification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.plan import Grade, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.verification import (
    JUDGED,
    Came,
    NodeState,
    Result,
    Tally,
    Verification,
    VerifiedContainer,
    VerifiedNode,
    tally,
)
from upgradecheck.model.wording import count, form
from upgradecheck.verifying.adding import in_waves, tallies
from upgradecheck.verifying.after import After
from upgradecheck.verifying.bearing import borne_out
from upgradecheck.verifying.fates import Fate, fate_of, pod_fate
from upgradecheck.verifying.judging import judged, ran
from upgradecheck.verifying.nodes import NodeNow, nodes_now
from upgradecheck.verifying.proving import proved

_ANEW = (Came.RESTARTED, Came.RECREATED, Came.ENDED)
_OF_NODE = {
    NodeState.PENDING: Result.PENDING,
    NodeState.OTHER: Result.UNSEEN,
    NodeState.UNSEEN: Result.UNSEEN,
    NodeState.GONE: Result.REPLACED,
}


def verify(plan: Plan, after: After, notices: tuple[str, ...] = ()) -> Verification:
    """What the plan's predictions were worth, as far as can be seen now."""
    nodes = nodes_now(plan, after)
    rows = [row for pod in plan.pods for row in _pod(pod, nodes.get(pod.node or ""), after)]
    standing, stale = proved(rows, nodes, after)
    containers = borne_out(standing, [fate for _, fate in rows], nodes)
    verified = tuple(_nodes(nodes.values(), containers))
    return Verification(
        plan_hash=plan.plan_hash,
        from_version=plan.from_version,
        to_version=plan.to_version,
        summary=tally(one.result for one in containers),
        nodes=verified,
        containers=containers,
        waves=in_waves(((one.number, one.kind, one.nodes) for one in plan.waves), verified),
        notices=(*notices, *stale, *_less_sure(plan, nodes.values(), containers), *_perhaps_edited(plan, containers, after)),
    )


def _less_sure(plan: Plan, nodes: Iterable[NodeNow], containers: tuple[VerifiedContainer, ...]) -> Iterator[str]:
    """What could not be told apart, where it matters."""
    if any(one.container_id is not None and one.state is None for pod in plan.pods for one in pod.containers):
        yield "The plan is of an older upgradecheck: it does not say when containers were started, nor how often; their IDs alone tell."
    stopped = {one.node for one in containers if one.result is Result.MISS and one.because is None}
    untold = sorted(one.name for one in nodes if one.rebooted is None and one.name in stopped)
    if untold:
        yield (
            f"Whether {count(len(untold), 'node')} with misses {form(len(untold), 'was', 'were')} rebooted is not known, since the plan or "
            "the Node lacks the boot's ID: what a reboot restarts counts as missed there."
        )


def _perhaps_edited(plan: Plan, containers: tuple[VerifiedContainer, ...], after: After) -> Iterator[str]:
    """That an edit of a manifest stops what is in it, too, and that it is not told apart: the hash of a whole spec is another one in each
    view of it, and with each API server that fills in what was left out."""
    anew = {(one.namespace, one.pod) for one in containers if one.result in JUDGED and one.came in _ANEW and one.because is None}
    untold = [pod for pod in plan.pods if (pod.namespace, pod.name) in anew and after.is_of_an_unknown_manifest(pod)]
    if untold:
        were = form(len(untold), "was", "were")
        yield (
            f"Whether the {form(len(untold), 'manifest', 'manifests')} of {count(len(untold), 'static pod')} that came anew {were} edited"
            " since the plan, as kubeadm upgrade does, is not known: that is told where the new kubelet hashes name and image alone (1.31"
            " on). What an edit has stopped counts as the kubelet's doing here."
        )


def _nodes(nodes: Iterable[NodeNow], containers: tuple[VerifiedContainer, ...]) -> Iterator[VerifiedNode]:
    """The nodes, each with its own numbers."""
    counted = tallies(containers)
    for one in nodes:
        yield VerifiedNode(one.name, one.state, one.planned.from_version, one.runs, one.rebooted, counted.get(one.name, Tally()))


def _pod(pod: PlannedPod, node: NodeNow | None, after: After) -> Iterator[tuple[VerifiedContainer, Fate]]:
    if not pod.containers:
        result, fate = _whole(pod, node, after)
        yield _row(pod, None, result, fate), fate
    for container in pod.containers:
        result, fate = _container(pod, container, node, after)
        yield _row(pod, container, result, fate), fate


def _container(pod: PlannedPod, container: PlannedContainer, node: NodeNow | None, after: After) -> tuple[Result, Fate]:
    was = ran(container)
    if was is False:
        return Result.NOT_COMPARED, Fate()
    if node is None or (was is None and node.state is NodeState.UPGRADED):
        return Result.UNSEEN, Fate()
    if node.state is not NodeState.UPGRADED:
        return _OF_NODE[node.state], Fate()
    fate = fate_of(pod, container, node, after)
    return judged(container.fate, container.reason, fate), fate


def _whole(pod: PlannedPod, node: NodeNow | None, after: After) -> tuple[Result, Fate]:
    """A pod of which no container is known."""
    if pod.fate is Verdict.NOT_COMPARED:
        return Result.NOT_COMPARED, Fate()
    if node is not None and node.state is not NodeState.UPGRADED:
        return _OF_NODE[node.state], Fate()
    fate = pod_fate(after.views(pod)) or Fate()
    return judged(pod.fate, pod.reason, fate), fate


def _row(pod: PlannedPod, container: PlannedContainer | None, result: Result, fate: Fate) -> VerifiedContainer:
    told = container or pod
    return VerifiedContainer(
        namespace=pod.namespace,
        pod=pod.name,
        uid=pod.uid,
        node=pod.node,
        container=None if container is None else container.name,
        kind=None if container is None else container.kind,
        predicted=told.fate,
        reason=told.reason,
        grade=Grade.UNKNOWN if container is None else container.evidence.grade,
        result=result,
        came=fate.came,
        because=fate.because,
        exit_code=fate.exit_code,
        restarts=fate.restarts,
        container_id=None if container is None else container.container_id,
        now=fate.now,
    )
