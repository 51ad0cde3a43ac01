"""Whether a saved plan still says one thing: a file that was cut, edited or put together of two is found where it contradicts itself.

``plan_hash`` covers what is decided of each container. Numbers, nodes, completeness and the exit code follow from the rest of the file, so
they are made again and compared: a report that says 0 of a plan that restarts eight containers is an all-clear that nobody gave. 0 with
a condition that is not met is believed of a plan that says --exit-zero, which every report of it tells. Which budgets are exceeded follows
from pods and budgets, what an ignore entry accepts from pods and findings, and what stands outside of the scope cannot be in it.

Which hashes are reproduced does not stand there container by container: no more than were recorded, and in all as many as on the nodes.
It is no signature; whoever edits everything alike is not found. Words that nothing is made of (notices, runtimes, findings of other rules)
only the checksum of a whole plan covers (``contract.sealing``), which older programs did not write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.model.alike import grades
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.exit_codes import EXIT_OK
from upgradecheck.model.plan import (
    GONE,
    Calibration,
    Evidence,
    Finding,
    Grade,
    IgnoreState,
    Plan,
    PlannedNode,
    PlannedPod,
    Scope,
    StaticUIDs,
    Verdict,
    worst,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import WaveStops

_CHANGED = "the file was changed after the plan was made; plan again"


def check_consistent(plan: Plan, exit_code: int) -> None:
    """That a plan that was read holds together; exit_code: the member of that name, which the gate tells too.

    Raises:
        SpecRefused: it does not; the path says which member.
    """
    for name, holds, wanted in _members(plan, exit_code):
        if not holds:
            raise SpecRefused(f"is not {wanted}: {_CHANGED}", name)


def _members(plan: Plan, exit_code: int) -> Iterator[tuple[str, bool, str]]:
    """What is made of the rest of the file: its name, whether it is so, and what it should be."""
    yield (
        "plan_hash",
        plan_digest(plan.to_version.release, plan.pods, plan.overrides or {}) == plan.plan_hash,
        "that of what the file holds",
    )
    left = tuple(pod for pod in plan.pods if not pod.drained)
    for name, told, counted in (
        ("summary.containers", plan.summary.containers, _containers(plan.pods)),
        ("summary.pods", plan.summary.pods, _pods(plan.pods)),
        ("summary.after_drain.containers", plan.summary.after_drain.containers, _containers(left)),
        ("summary.after_drain.pods", plan.summary.after_drain.pods, _pods(left)),
    ):
        yield name, _without_zeros(told) == counted, "the number of what the file holds"
    yield from _of_nodes(plan)
    yield "complete", plan.complete == (bool(plan.pods) and not plan.coverage.missing), "what coverage.missing and pods say"
    yield "ignores", _ignored(plan) <= _heeded(plan), "what pods and findings say"
    yield from _of_entries(plan)
    yield "scope", all(_is_in_scope(pod, plan.scope) for pod in plan.pods), "where the pods are"
    yield "findings", _exceeded(plan) == {_place(one) for one in plan.findings if one.rule == _EXCEEDS}, "what budgets and pods make"
    yield "findings", _about_pods(plan.findings) <= _objects(plan.pods), "of pods of the plan"
    yield "exit_code", exit_code == plan.gate.exit_code, "that of the gate"
    made = EXIT_OK if plan.gate.exit_zero else plan.gate.worst_code if plan.gate.conditions else exit_code
    yield "gate.exit_code", plan.gate.exit_code == made, "what its conditions make"


def _of_nodes(plan: Plan) -> Iterator[tuple[str, bool, str]]:
    """What is said of the nodes, and of all of them together."""
    on_node: dict[str | None, list[PlannedPod]] = {}
    for pod in plan.pods:
        on_node.setdefault(pod.node or None, []).append(pod)
    names = [node.name for node in plan.nodes]
    yield "nodes", len(set(names)) == len(names) and on_node.keys() - {None} <= set(names), "those of the pods, each once"
    for index, node in enumerate(plan.nodes):
        yield from _of_node(f"nodes[{index}]", node, on_node.get(node.name, ()), plan)
    parted = [name for wave in plan.waves for name in wave.nodes] + [name for one in plan.waves_apart for name in one.nodes]
    yield "waves", sorted(parted) == sorted(names) if parted or _knows_waves(plan) else True, "in waves of all nodes, each once"
    nodes = {node.name: node for node in plan.nodes}
    for index, one in enumerate(plan.waves_apart):
        stuck = all(_is_stuck(one.reason, nodes.get(name), on_node.get(name, ())) for name in one.nodes)
        yield f"waves_apart[{index}]", stuck, "what is said of its nodes"
    for index, wave in enumerate(plan.waves):
        stops = _stops(pod for name in wave.nodes for pod in on_node.get(name, ()))
        yield f"waves[{index}].stops", wave.stops == stops, "what stops on its nodes"
    seen = plan.coverage
    yield "coverage.pods", seen.pods == len(plan.pods), "the number of pods"
    yield "coverage.nodes", seen.nodes == len(names), "the number of nodes"
    yield "coverage.nodes_with_evidence", seen.nodes_with_evidence <= len(names), "a number of these nodes"
    yield "calibration", _is_sum(plan, every_pod_on_a_node=None not in on_node), "the sum of the nodes'"


def _is_stuck(reason: Reason, node: PlannedNode | None, pods: Collection[PlannedPod]) -> bool:
    return node is not None and (node.obstacle is reason or (node.obstacle is None and any(pod.reason is reason for pod in pods)))


def _knows_waves(plan: Plan) -> bool:
    """Whether the program that made it had waves: what it says of them, or of nodes by which they are made, older ones did not."""
    placed = (node.pool or node.zone or node.control_plane or node.etcd or node.labels for node in plan.nodes)
    return bool(plan.waves or plan.waves_unsolved or plan.wave_rules) or any(placed)


def _of_node(path: str, node: PlannedNode, pods: Collection[PlannedPod], plan: Plan) -> Iterator[tuple[str, bool, str]]:
    yield f"{path}.verdict", node.verdict is worst(tuple(pod.verdict for pod in pods)), "the worst of its pods"
    yield f"{path}.evidence", dict(node.evidence) == dict(grades(pods)), "that of its containers"
    yield f"{path}.to", node.to_version == plan.to_version, "the plan's"
    yield f"{path}.from", plan.from_version is None or node.from_version in (None, plan.from_version), "the plan's"
    recorded = sum(_carries(one.evidence) for pod in pods for one in pod.containers)
    yield f"{path}.calibration", node.calibration.recorded <= recorded, "of hashes that were recorded there"


def _carries(evidence: Evidence) -> bool:
    """Whether a hash was seen on a container; one that proves nothing, as no static UID or another kubelet is behind it, is an estimate."""
    return evidence.grade is Grade.RECORDED or (evidence.grade is Grade.ESTIMATED and evidence.hash is not None)


def _is_sum(plan: Plan, *, every_pod_on_a_node: bool) -> bool:
    """Whether the plan's calibration is that of its nodes; pods on none add to it."""
    told, nodes = _numbers(plan.calibration), [_numbers(node.calibration) for node in plan.nodes]
    whole = all(reproduced <= recorded for one in (told, *nodes) for reproduced, recorded in (one[:2], one[2:]))
    added = tuple(map(sum, zip(*nodes, strict=True))) if nodes else (0, 0, 0, 0)
    return whole and (told == added if every_pod_on_a_node else all(one >= other for one, other in zip(told, added, strict=True)))


def _numbers(told: Calibration) -> tuple[int, int, int, int]:
    uids = told.static_uids or StaticUIDs(0, 0)
    return told.reproduced, told.recorded, uids.reproduced, uids.recorded


def _stops(pods: Iterable[PlannedPod]) -> WaveStops:
    """How much of these stops, ignored or not, and of how much that is not known."""
    stopping = containers = unknown_pods = unknown = 0
    for pod in pods:
        if pod.may_stop:
            stopping += pod.number if pod.stops else 0
            unknown_pods += 0 if pod.stops else pod.number
            containers += pod.number * sum(one.fate in GONE for one in pod.containers)
            unknown += pod.number * sum(one.fate is Verdict.UNKNOWN for one in pod.containers)
    return WaveStops(stopping, containers, unknown_pods, unknown)


def _ignored(plan: Plan) -> set[int | None]:
    """The entries that something is said to be ignored by."""
    whole = {pod.ignored_by for pod in plan.pods if pod.would_be is not None}
    by = {one.ignored_by for pod in plan.pods for one in pod.containers if one.would_be is not None}
    return whole | by | {one.ignored_by for one in plan.findings if one.ignored_by is not None}


def _heeded(plan: Plan) -> set[int | None]:
    audit = plan.ignores
    return set() if audit is None else {one.entry for one in audit.entries if one.state is IgnoreState.MATCHED}


def _of_entries(plan: Plan) -> Iterator[tuple[str, bool, str]]:
    """What each ignore entry is said to accept: what it is named for, of all that is accepted; several may accept the same."""
    by = Counter[int | None]()
    for pod in plan.pods:
        for one in pod.containers:
            if one.would_be is not None:
                by[one.ignored_by] += pod.number
    findings = Counter(one.ignored_by for one in plan.findings if one.ignored_by is not None)
    heeded = _heeded(plan)
    for index, entry in enumerate(() if plan.ignores is None else plan.ignores.entries):
        if entry.entry in heeded:
            accepted = by[entry.entry] <= entry.containers <= by.total() and findings[entry.entry] <= entry.findings <= findings.total()
        else:
            accepted = entry.state is not IgnoreState.UNUSED or not (entry.containers or entry.pods or entry.findings)
        yield f"ignores.entries[{index}]", accepted, "what pods and findings say"


def _is_in_scope(pod: PlannedPod, scope: Scope) -> bool:
    named = not scope.namespaces or pod.namespace in scope.namespaces
    return named and pod.namespace not in scope.excluded_namespaces and (not scope.nodes or pod.node is None or pod.node in scope.nodes)


_EXCEEDS = "UC041"


def _place(finding: Finding) -> tuple[str | None, str]:
    return finding.object.namespace, finding.object.name


def _exceeded(plan: Plan) -> set[tuple[str | None, str]]:
    """The budgets of which the upgrade of a node stops more than may go, as rule UC041 finds them."""
    stopped: dict[tuple[str, str], Counter[str]] = {}
    for pod in plan.pods:
        if pod.budgets and pod.node and pod.stops:
            for name in pod.budgets:
                stopped.setdefault((pod.namespace, name), Counter())[pod.node] += 1
    allowed = {(one.namespace, one.name): one.allowed for one in plan.budgets}
    return {key for key, by_node in stopped.items() if (most := allowed.get(key)) is not None and max(by_node.values()) > most}


def _about_pods(findings: Iterable[Finding]) -> set[tuple[str, str, str]]:
    """Of what in a namespace something was found, but of budgets."""
    about = (one.object for one in findings if one.rule != _EXCEEDS)
    return {(one.namespace, one.kind, one.name) for one in about if one.namespace is not None}


def _objects(pods: Iterable[PlannedPod]) -> set[tuple[str, str, str]]:
    """Pods, and their workloads."""
    found = {(pod.namespace, "Pod", pod.name) for pod in pods}
    return found | {(pod.namespace, pod.workload.kind, pod.workload.name) for pod in pods}


def _containers(pods: Iterable[PlannedPod]) -> Mapping[Verdict, int]:
    counted = Counter[Verdict]()
    for pod in pods:
        for container in pod.containers:
            counted[container.verdict] += pod.number
    return _without_zeros(counted)


def _pods(pods: Iterable[PlannedPod]) -> Mapping[Verdict, int]:
    counted = Counter[Verdict]()
    for pod in pods:
        counted[pod.verdict] += pod.number
    return _without_zeros(counted)


def _without_zeros(numbers: Mapping[Verdict, int]) -> Mapping[Verdict, int]:
    return {verdict: number for verdict, number in numbers.items() if number}
