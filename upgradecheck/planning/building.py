"""Decided pods to a Plan: counts, nodes, findings, notices, the plan's hash and the exit code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hazards import PodAdmission, Upgrade, discover
from upgradecheck.model.budget import Exceeded
from upgradecheck.model.checkpoint import CheckpointTrouble
from upgradecheck.model.override import Override
from upgradecheck.model.plan import (
    Calibration,
    Counts,
    Coverage,
    HistoryCheck,
    Missing,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedNode,
    PlannedPod,
    Scope,
    Summary,
    Verdict,
    grades,
    worst,
)
from upgradecheck.model.pod import NodeFacts, PodSource
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.exit_codes import GateLimits, Judged
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.digest import plan_digest, pod_row
from upgradecheck.planning.seeing.joining import Records

UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
_UNSEEN = "cgroup root and driver, the kubelet's own configuration, and whatever admission asks that stands in no Node object."
COUNTS_AS_UNCHANGED = f"What no list of the runtime shows counts as unchanged: network mode and address of a pod's sandbox, {_UNSEEN}"
UNCHANGED_BUT_NETWORK = f"What no list of the runtime shows counts as unchanged: {_UNSEEN}"
NO_SANDBOXES = "No pod sandboxes were given (crictl pods -o json): they count as unchanged."
NO_MANIFESTS = (
    "Static pods were seen without their manifests, so what the old kubelet has dropped from them, and manifests that are gone, are not "
    "seen: give the directory with --static-pods."
)
NO_NODES = "Admission was not judged for pods on nodes whose Node object was not given (kubectl get nodes -o json)."
NOTHING = "Nothing was examined: no pod is in the inputs and the scope."


@dataclass(frozen=True, slots=True)
class PastSeen:
    """What checkpoints told: what is wrong with them, how they stood the test of recorded hashes, and on which nodes they failed it."""

    troubles: tuple[CheckpointTrouble, ...]
    check: HistoryCheck
    contradicted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """Which kinds of evidence there were: the runtime's sandboxes, the manifests of static pods, checkpoints, the API server's version; and
    what is to be overridden.

    past, overrides and server are None where nobody asked for them. before: the pods without these overrides.
    networks: of how many pods the network of the sandbox was seen; without_network: of how many it was not.
    budgets: PodDisruptionBudgets that one node's upgrade exceeds.
    """

    sandboxes: bool = False
    manifests: bool = False
    past: PastSeen | None = None
    overrides: Mapping[str, Override] | None = None
    server: str | None = None
    networks: int = 0
    without_network: int = 0
    before: tuple[PlannedPod, ...] = ()
    budgets: tuple[Exceeded, ...] = ()


def _limits(pods: tuple[PlannedPod, ...], nodes: Sequence[NodeFacts], seen: Seen) -> Iterable[str]:
    """What the evidence could not show, each named once."""
    if not pods:
        return
    if not seen.sandboxes:
        yield NO_SANDBOXES
    if not seen.manifests and any(pod.source is PodSource.FILE for pod in pods):
        yield NO_MANIFESTS
    if {pod.node for pod in pods} - {node.name for node in nodes}:
        yield NO_NODES
    yield UNCHANGED_BUT_NETWORK if seen.networks and not seen.without_network else COUNTS_AS_UNCHANGED
    if seen.networks and seen.without_network:
        yield f"Pods whose sandbox's network was seen: {seen.networks}; was not seen: {seen.without_network}."


def build_plan(
    decided: Iterable[DecidedPod],
    nodes: Sequence[NodeFacts],
    steps: Steps,
    scope: Scope,
    limits: GateLimits,
    notices: Iterable[str],
    missing: Iterable[Missing],
    nodes_with_evidence: frozenset[str],
    admission: tuple[PodAdmission, ...] = (),
    seen: Seen = Seen(),
) -> Plan:
    """The plan. Pods keep the order they come in."""
    pods, calibrations = _collect(decided)
    calibration = Calibration(sum(one.reproduced for one in calibrations.values()), sum(one.recorded for one in calibrations.values()))
    planned_nodes = _nodes(pods, nodes, steps, calibrations)
    summary = replace(_summary(pods), override=None if seen.overrides is None else _override(pods, seen.overrides, seen.before))
    used = [steps.of(node.name) for node in planned_nodes] or [steps.default]
    begins = {end.text: end for end in _begins(used)}
    past = seen.past or PastSeen((), HistoryCheck(), {})
    upgrade = Upgrade(
        tuple(begins.values()), steps.target, pods, calibration, admission, past.troubles, past.contradicted, seen.server, seen.budgets
    )
    findings = tuple(finding for rule in discover() for finding in rule.findings(upgrade))
    all_missing = (*steps.missing, *_versions_missing(planned_nodes, steps), *missing, *_histories_missing(past))
    complete = bool(pods) and not all_missing
    coverage = Coverage(len(pods), len(planned_nodes), len(nodes_with_evidence), all_missing)
    return Plan(
        from_version=next(iter(begins)) if len(begins) == 1 else None,
        to_version=steps.target.text,
        downgrade=_is_downgrade(used, steps.target),
        complete=complete,
        scope=scope,
        calibration=calibration,
        coverage=coverage,
        summary=summary,
        nodes=planned_nodes,
        pods=pods,
        findings=findings,
        notices=(UPSTREAM, *([] if pods else [NOTHING]), *steps.notices, *notices, *_limits(pods, nodes, seen)),
        plan_hash=plan_digest(steps.target.text, map(pod_row, pods), seen.overrides or {}),
        gate=limits.judge(Judged(pods, summary.containers, findings, calibration, coverage, complete)),
        history=None if seen.past is None else past.check,
        overrides=seen.overrides,
    )


def _collect(decided: Iterable[DecidedPod]) -> tuple[tuple[PlannedPod, ...], dict[str | None, Calibration]]:
    """The pods, and by node how many recorded hashes are reproduced."""
    pods, found = [], dict[str | None, Calibration]()
    for one in decided:
        pods.append(one.pod)
        if one.recorded:
            known = found.get(one.pod.node, Calibration())
            found[one.pod.node] = Calibration(known.reproduced + one.reproduced, known.recorded + one.recorded)
    return tuple(pods), found


def _nodes(
    pods: tuple[PlannedPod, ...], nodes: Sequence[NodeFacts], steps: Steps, calibrations: Mapping[str | None, Calibration]
) -> tuple[PlannedNode, ...]:
    on_node: dict[str, list[PlannedPod]] = {node.name: [] for node in nodes}
    for pod in pods:
        if pod.node:
            on_node.setdefault(pod.node, []).append(pod)
    runtimes = {node.name: node.runtime for node in nodes}
    return tuple(
        PlannedNode(
            name,
            _start(steps, name),
            steps.target.text,
            runtimes.get(name),
            worst(tuple(pod.verdict for pod in on_node[name])),
            calibrations.get(name, Calibration()),
            grades(on_node[name]),
        )
        for name in sorted(on_node)
    )


def _start(steps: Steps, node: str) -> str | None:
    step = steps.of(node).step
    return step.start.text if step is not None and step.start is not None else None


def _versions_missing(planned: tuple[PlannedNode, ...], steps: Steps) -> Iterable[Missing]:
    """Nodes that only pods name, and whose version --from does not give either."""
    for node in planned:
        if node.from_version is None and node.name not in steps.by_node:
            yield Missing(f"kubelet version of node {node.name}", "the node was not given; give it with --from")


def _histories_missing(past: PastSeen) -> Iterable[Missing]:
    """Histories that are set aside since recorded hashes contradict them."""
    for node, count in sorted(past.contradicted.items()):
        hashes = "1 recorded hash" if count == 1 else f"{count} recorded hashes"
        yield Missing(f"history of node {node}", f"its checkpoint contradicts {hashes}, and is set aside")


def _summary(pods: tuple[PlannedPod, ...]) -> Summary:
    stay = tuple(pod for pod in pods if not pod.drained)
    return Summary(_containers(pods), _pods(pods), Counts(_containers(stay), _pods(stay)))


def _override(pods: tuple[PlannedPod, ...], overrides: Mapping[str, Override], before: tuple[PlannedPod, ...]) -> OverrideSummary:
    counted = Counter(container.override_refused for pod in pods for container in pod.containers)
    refused = {refusal: counted[refusal] for refusal in OverrideRefusal if counted[refusal]}
    return OverrideSummary(len(overrides), refused, Counts(_containers(before), _pods(before)))


def _containers(pods: tuple[PlannedPod, ...]) -> Mapping[Verdict, int]:
    return _count(container.verdict for pod in pods for container in pod.containers)


def _pods(pods: tuple[PlannedPod, ...]) -> Mapping[Verdict, int]:
    return _count(pod.verdict for pod in pods)


def _count(verdicts: Iterable[Verdict]) -> Mapping[Verdict, int]:
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


def _begins(used: Iterable[NodeStep]) -> list[KubeletEnd]:
    return [one.step.start for one in used if one.step is not None and one.step.start is not None]


def _is_downgrade(used: Iterable[NodeStep], target: KubeletEnd) -> bool:
    return any(_order(end.text) > _order(target.text) for end in _begins(used))


def _order(release: str) -> tuple[Minor, int, str, int]:
    """Orders releases; alpha, beta and rc of a release come before it."""
    version = parse_kubelet_version(release)
    stage, number = re.findall(r"[a-z]+|[0-9]+", version.prerelease) if version.prerelease else ("released", 0)
    return version.minor, version.patch or 0, stage, int(number)


def networks_seen(decided: Iterable[DecidedPod], records: Records) -> tuple[int, int]:
    """Of how many pods the network of the newest sandbox was seen, and of how many that run or may run it was not."""
    seen = unseen = 0
    for one in decided:
        newest = next(iter(records.sandboxes(one.pod.uid)), None)
        if newest is not None and newest.network is not None:
            seen += 1
        elif newest is not None or one.pod.verdict is not Verdict.NOT_COMPARED:
            unseen += 1
    return seen, unseen
