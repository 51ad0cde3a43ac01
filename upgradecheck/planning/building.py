"""The last phase, settled pods to a Plan: counts, nodes, findings, notices, the plan's hash and the exit code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decisions.admission import Possible
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hazards import OtherKubelet, Upgrade, discover, grouped
from upgradecheck.model.alike import firsts_of, grades_of, nodes_of, numbers_of, weighed
from upgradecheck.model.config import SAME_CONFIG
from upgradecheck.model.draining import is_alone
from upgradecheck.model.plan import (
    Calibration,
    Counts,
    Coverage,
    Grade,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedNode,
    PlannedPod,
    Summary,
    Verdict,
    together,
    worst,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.runtimes import DOCKER, runtime_name
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import KubeletVersion, Minor, ReportedVersion
from upgradecheck.planning.asking.exit_codes import GateLimits, Judged
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.budgets import planned_budgets
from upgradecheck.planning.calibrating import Calibrations, calibrations_of, contradictions_of, nobodys_uids
from upgradecheck.planning.deciding import PINNABLE, DecidedPod
from upgradecheck.planning.ignoring import suppress
from upgradecheck.planning.lacking import configs_of, missing_of
from upgradecheck.planning.phases import Decided, Settled
from upgradecheck.planning.rows import first_of, node_of, planned_pods, rows_of, uid_of
from upgradecheck.planning.rows import weighed as weighed_pods
from upgradecheck.planning.setting import Setting
from upgradecheck.planning.unseen import notices_of
from upgradecheck.planning.verdicts import goes_on
from upgradecheck.planning.waves import with_waves
from upgradecheck.planning.waves.places import places_of


def build(setting: Setting, facts: Facts, decided: Decided, settled: Settled, limits: GateLimits) -> Plan:
    """The plan, its nodes in waves. Pods keep the order they come in."""
    return with_waves(unparted(setting, facts, decided, settled, limits), setting.waves)


def unparted(setting: Setting, facts: Facts, decided: Decided, settled: Settled, limits: GateLimits) -> Plan:
    """The same before its nodes are parted, for which nothing but this is needed: of 150,000 pods, much less."""
    steps, decided_on = setting.steps, planned_pods(settled.pods)
    calibrations = calibrations_of(settled.pods)
    calibration = together(calibrations.values())
    names = _node_names(decided_on, setting, decided.passed_over)
    used = [steps.of(name) for name in names] or [steps.default]
    begins = {end.release: end for end in _begins(used)}
    others = contradictions_of(settled.pods, calibrations)
    nobodys = nobodys_uids(calibrations, others)
    upgrade = _upgrade(setting, facts, decided, settled, decided_on, calibration, tuple(begins.values()), others, nobodys)
    found = tuple(finding for rule in discover() for finding in rule.findings(upgrade))
    starts = tuple(map(steps.start_of, names)) or (steps.start_of(None),)
    laid = suppress(setting.ignores, settled.pods, found, starts, steps.target.version.minor)
    pods, findings = decided_on if setting.ignores is None else laid.pods, laid.findings
    planned_nodes = _nodes(names, pods, setting, calibrations)
    summary = replace(
        summary_of(pods),
        override=None if settled.overrides is None else _override(pods, settled),
        may_be_refused=_may_be_refused(settled),
    )
    missing = missing_of(setting, facts, decided, settled, planned_nodes, pods, calibrations, others)
    complete = bool(pods) and not missing
    coverage = Coverage(len(pods), len(planned_nodes), len(decided.nodes_with_evidence), missing)
    return Plan(
        from_version=next(iter(begins.values())).version if len(begins) == 1 else None,
        to_version=steps.target.version,
        downgrade=_is_downgrade(used, steps.target),
        complete=complete,
        scope=setting.scope,
        calibration=calibration,
        coverage=coverage,
        summary=summary,
        nodes=planned_nodes,
        pods=pods,
        findings=findings,
        notices=tuple(notices_of(setting, facts, decided, pods)),
        plan_hash=plan_digest(steps.target.release, pods, settled.overrides or {}),
        gate=limits.judge(Judged(pods, summary.containers, findings, calibration, coverage, complete)),
        history=settled.check,
        overrides=settled.overrides,
        budgets=tuple(planned_budgets(facts.budgets, pods)),
        ignores=laid.audit,
    )


def _upgrade(
    setting: Setting,
    facts: Facts,
    decided: Decided,
    settled: Settled,
    pods: Sequence[PlannedPod],
    calibration: Calibration,
    starts: tuple[KubeletEnd, ...],
    others: Mapping[str, OtherKubelet],
    nobodys: Mapping[str, int],
) -> Upgrade:
    """What rules look for hazards in."""
    steps = setting.steps
    common = next(configs_of(steps), SAME_CONFIG)
    return Upgrade(
        starts=starts,
        target=steps.target,
        pods=pods,
        facts=facts if setting.here is None else replace(facts, arguments=(*facts.arguments, *setting.here.arguments)),
        noted=grouped(_noted(settled.pods)),
        calibration=calibration,
        admission=settled.admission,
        checkpoints=decided.pasts.troubles,
        contradicted=settled.contradicted,
        configs=common,
        own_configs={
            name: step.configs for name, one in steps.by_node.items() if (step := one.step) is not None and step.configs != common
        },
        others=others,
        said={node: version.release for node in (*others, *nobodys) if (version := _start(steps, node)) is not None},
        nobodys=nobodys,
        troubles=steps.troubles,
        remarks=steps.remarks,
        cgroups_unseen=steps.cgroups_unseen,
        user_ids_unseen=steps.user_ids_unseen,
        exposures=tuple([first_of(row).exposure for row in rows_of(settled.pods)]),
        state_troubles=steps.state_troubles,
        server=None if steps.default.step is None else steps.default.step.api_to,
        new_runtime=steps.new_runtime,
        alone=is_alone(_node_names(pods, setting, decided.passed_over), setting.scope),
    )


def _noted(pods: Iterable[DecidedPod]) -> Iterator[tuple[str, tuple[PlannedPod, object]]]:
    """By rule, the pods of which it noted something, with that."""
    for row in rows_of(pods) if any(one.notes for one, _ in weighed_pods(pods)) else ():
        if notes := first_of(row).notes:
            pod = row.pod
            yield from ((rule, (pod, note)) for rule, note in notes.items())


def _node_names(pods: Sequence[PlannedPod], setting: Setting, passed_over: frozenset[str]) -> list[str]:
    """Those of the plan, and those that only pods name, decided on or not."""
    return sorted({node.name for node in setting.nodes} | {node for node in nodes_of(pods) if node} | passed_over)


def _nodes(names: Iterable[str], pods: Sequence[PlannedPod], setting: Setting, calibrations: Calibrations) -> tuple[PlannedNode, ...]:
    on_node: dict[str | None, list[tuple[int, int]]] = {name: [] for name in names}
    verdicts = [pod.verdict for pod in firsts_of(pods)]
    grades = [tuple(grades_of(((pod, 1),)).items()) for pod in firsts_of(pods)]
    for (node, number), times in Counter(zip(nodes_of(pods), numbers_of(pods), strict=True)).items():
        if node:
            on_node[node].append((number, times))
    runtimes = {node.name: node.runtime for node in setting.nodes}
    boots = {node.name: node.boot_id for node in setting.nodes}
    asked = {} if setting.here is None else {setting.live_node: setting.here.runtime}
    labels = {node.name: node.labels for node in setting.nodes}
    versions = {node.name: node.kubelet_version for node in setting.nodes}
    return tuple(
        PlannedNode(
            name,
            _start(setting.steps, name),
            setting.steps.target.version,
            asked.get(name) if runtimes.get(name) is None else runtimes[name],
            worst(tuple({verdicts[number] for number, _ in on_node[name]})),
            calibrations.get(name, Calibration()),
            _grades(grades, on_node[name]),
            setting.steps.overruled.get(name),
            boots.get(name),
            *places_of(labels.get(name, {})),
            vendor=_vendor(setting, versions.get(name), name),
            obstacle=_obstacle(setting.steps, name),
            docker_over_cri=_docker_over_cri(setting.steps, name, runtimes.get(name) or asked.get(name)),
        )
        for name in names
    )


def _grades(of_forms: Sequence[Sequence[tuple[Grade, int]]], there: Iterable[tuple[int, int]]) -> Mapping[Grade, int]:
    """How many compared containers of a node there are of each grade, the best first. there: its forms, and how many pods have each."""
    counted = dict.fromkeys(Grade, 0)
    for number, times in there:
        for grade, containers in of_forms[number]:
            counted[grade] += containers * times
    return {grade: number for grade, number in counted.items() if number}


def _vendor(setting: Setting, reported: ReportedVersion | None, node: str) -> str | None:
    """Whose build of the kubelet a node runs, by the version that it reports, else by those that are asked about."""
    told = (reported, _start(setting.steps, node), setting.steps.target.version)
    return next((one.vendor for one in told if isinstance(one, KubeletVersion) and one.vendor is not None), None)


def _obstacle(steps: Steps, node: str) -> Reason | None:
    """Why the new kubelet cannot come up there."""
    step = steps.of(node).step
    return None if step is None else step.obstacle


def _docker_over_cri(steps: Steps, node: str, runtime: str | None) -> bool:
    step = steps.of(node).step
    return step is not None and step.docker_over_cri and runtime_name(runtime) == DOCKER


def _start(steps: Steps, node: str) -> KubeletVersion | None:
    step = steps.of(node).step
    return step.start.version if step is not None and step.start is not None else None


def summary_of(pods: Sequence[PlannedPod]) -> Summary:
    """How many containers and pods there are of each verdict, and how many of them a drained node would still hold."""
    containers, whole, staying, staying_whole = (Counter[Verdict]() for _ in range(4))
    for pod, times in weighed(pods):
        number, stays = pod.number * times, not pod.drained
        whole[pod.verdict] += number
        staying_whole[pod.verdict] += number * stays
        for container in pod.containers:
            containers[container.verdict] += number
            staying[container.verdict] += number * stays
    return Summary(_told(containers), _told(whole), Counts(_told(staying), _told(staying_whole)))


def _may_be_refused(settled: Settled) -> int:
    """How many pods go on as far as can be foreseen, and may be refused all the same."""
    possible = {(one.pod.node, one.pod.uid) for one in settled.admission if isinstance(one.outcome, Possible)}
    if not possible:
        return 0
    firsts = (first_of(row) for row in rows_of(settled.pods) if (node_of(row), uid_of(row)) in possible)
    return sum(any(map(goes_on, one.pod.containers)) for one in firsts)


def _override(pods: Sequence[PlannedPod], settled: Settled) -> OverrideSummary:
    counted = Counter(container.override_refused for pod in pods for container in pod.containers)
    refused = {refusal: counted[refusal] for refusal in OverrideRefusal if counted[refusal]}
    without = Counts(_containers(settled.before), _pods(settled.before))
    return OverrideSummary(settled.planned, refused, without, sum(PINNABLE in one.notes for one in settled.pods))


def _containers(pods: Sequence[PlannedPod]) -> Mapping[Verdict, int]:
    return _count((container.verdict, pod.number) for pod in pods for container in pod.containers)


def _pods(pods: Sequence[PlannedPod]) -> Mapping[Verdict, int]:
    return _count((pod.verdict, pod.number) for pod in pods)


def _count(verdicts: Iterable[tuple[Verdict, int]]) -> Mapping[Verdict, int]:
    """How many there are of each; of a template as many as it stands for."""
    counted = Counter[Verdict]()
    for verdict, number in verdicts:
        counted[verdict] += number
    return _told(counted)


def _told(counted: Mapping[Verdict, int]) -> Mapping[Verdict, int]:
    """The worst first, those of which there are none left out."""
    return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


def _begins(used: Iterable[NodeStep]) -> list[KubeletEnd]:
    return [one.step.start for one in used if one.step is not None and one.step.start is not None]


def _is_downgrade(used: Iterable[NodeStep], target: KubeletEnd) -> bool:
    return any(_order(end.version) > _order(target.version) for end in _begins(used))


def _order(version: KubeletVersion) -> tuple[Minor, int, str, int]:
    """Orders releases; alpha, beta and rc of a release come before it."""
    stage, number = re.findall(r"[a-z]+|[0-9]+", version.prerelease) if version.prerelease else ("released", 0)
    return version.minor, version.patch or 0, stage, int(number)
