"""What keeps a plan from being complete, in the order in which it is told: versions, nodes, what sources lack, evidence set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from upgradecheck.decisions.admission import unreadable
from upgradecheck.hazards import OtherKubelet
from upgradecheck.model.alike import those, weighed
from upgradecheck.model.config import Configs
from upgradecheck.model.plan import (
    Calibration,
    Grade,
    Missing,
    PlannedNode,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import NodeFacts, PodSource
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.calibrating import Calibrations
from upgradecheck.planning.phases import Decided, Settled
from upgradecheck.planning.seeing.statics import made_by_kubelet
from upgradecheck.planning.setting import Setting


def missing_of(
    setting: Setting,
    facts: Facts,
    decided: Decided,
    settled: Settled,
    nodes: tuple[PlannedNode, ...],
    pods: Sequence[PlannedPod],
    calibrations: Calibrations,
    others: Mapping[str, OtherKubelet],
) -> tuple[Missing, ...]:
    """All that keeps the plan from being complete, what concerns versions and nodes first."""
    steps = setting.steps
    return (
        *steps.missing,
        *_versions_missing(nodes, steps),
        *_amounts_missing(setting.nodes),
        *facts.missing,
        *decided.missing,
        *_contradicted(settled),
        *_overruled(steps, pods),
        *_unproved(setting, pods, {node: one for node, one in calibrations.items() if node not in others}),
        *_no_directory(setting, pods),
        *_another_kubelet(others),
    )


def configs_of(steps: Steps) -> Iterator[Configs]:
    """The configurations of kubelets that steps have; all are alike."""
    return (one.step.configs for one in (steps.default, *steps.by_node.values()) if one.step is not None)


def _unproved(setting: Setting, pods: Sequence[PlannedPod], calibrations: Calibrations) -> Iterator[Missing]:
    """Nodes of whose manifests none makes the UID that runs, and not all go for that: what is kept is kept by a rule that sees no edit."""
    if setting.manifests is None:
        return
    open_or_kept = (Verdict.SAFE, Verdict.UNKNOWN)
    static = those(pods, lambda pod: pod.source is not PodSource.API and pod.verdict in open_or_kept)
    left = {pod.node for pod in static if made_by_kubelet(pod.uid)}
    for node in sorted(node for node in left if node is not None):
        if calibrations.get(node, Calibration()).proves_no_uid:
            reason = (
                "none of them makes a UID that runs: they were edited, renamed or moved since, or the kubelet has them from another "
                "directory; give its configuration (-f, staticPodPath), or its view (/pods)"
            )
            yield Missing(f"what runs of the manifests on node {node}", reason)


def _another_kubelet(others: Mapping[str, OtherKubelet]) -> Iterator[Missing]:
    """Nodes that run another kubelet than they are said to, by the UIDs of their static pods."""
    for node, other in sorted(others.items()):
        reason = f"its static pods have the UIDs that kubelet {' or '.join(other.minors)} makes of them (UC018)"
        yield Missing(f"which kubelet node {node} runs", reason)


def _no_directory(setting: Setting, pods: Iterable[PlannedPod]) -> Iterator[Missing]:
    """The directory of manifests that the new kubelet's configuration has not, where the old one's has it or was not given: a static pod
    that runs shows that there is one.
    """
    told = (one for one in configs_of(setting.steps) if one.new_told and not one.new.static_pod_path)
    lost = any(one.old.static_pod_path or not one.old_told for one in told)
    if lost and any(pod.source is PodSource.FILE for pod, _ in weighed(pods)):
        reason = "--to-config has no staticPodPath: that kubelet ends all static pods, unless --pod-manifest-path is on its command line"
        yield Missing("the new kubelet's directory of manifests", reason)


def _versions_missing(planned: tuple[PlannedNode, ...], steps: Steps) -> Iterable[Missing]:
    """Nodes that only pods name, and whose version --from does not give either."""
    for node in planned:
        if node.from_version is None and node.name not in steps.by_node:
            yield Missing(f"kubelet version of node {node.name}", "the node was not given; give it with --from")


def _amounts_missing(nodes: Iterable[NodeFacts]) -> Iterable[Missing]:
    """Amounts in Node objects that are none: no API server takes them."""
    for node in nodes:
        if names := unreadable(node):
            told = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
            yield Missing(
                f"allocatable of node {node.name}", f"{told}: no quantity, so whether its pods fit is not known; take the node again"
            )


def _contradicted(settled: Settled) -> Iterable[Missing]:
    """Histories that are set aside since recorded hashes contradict them."""
    for node, number in sorted(settled.contradicted.items()):
        hashes = count(number, "recorded hash", "recorded hashes")
        yield Missing(f"history of node {node}", f"its checkpoint contradicts {hashes}, and is set aside")


def _overruled(steps: Steps, pods: Iterable[PlannedPod]) -> Iterable[Missing]:
    """Nodes of which --from says what they deny, where nothing but its word keeps a container safe."""
    safe: dict[KubeletVersion, list[PlannedPod]] = {}
    for pod in pods if steps.overruled else ():
        reported = steps.overruled.get(pod.node or "")
        if reported is not None and any(one.verdict is Verdict.SAFE and one.evidence.grade is Grade.ESTIMATED for one in pod.containers):
            safe.setdefault(reported, []).append(pod)
    for reported, found in safe.items():
        nodes = sorted({pod.node or "" for pod in found})
        which = f"of node {nodes[0]}" if len(nodes) == 1 else f"of node {nodes[0]} and {len(nodes) - 1:,} more"
        hang = f"nothing but its word keeps containers of {count(len(found), 'pod')} safe"
        advice = "leave --from out, or read the hashes from the runtime (crictl ps -a -o json)"
        yield Missing(f"the kubelet version {which}", f"{reported} is reported, --from says otherwise, and {hang}: {advice}")
