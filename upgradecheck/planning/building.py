"""The last phase, settled pods to a Plan: counts, nodes, findings, notices, the plan's hash and the exit code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decisions.admission import Possible, unreadable
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hazards import OtherKubelet, Upgrade, discover, grouped
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.draining import is_alone
from upgradecheck.model.override import Override
from upgradecheck.model.plan import (
    Calibration,
    Counts,
    Coverage,
    Grade,
    Missing,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedNode,
    PlannedPod,
    Summary,
    Verdict,
    grades,
    together,
    worst,
)
from upgradecheck.model.pod import NodeFacts, PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import KubeletVersion, Minor, ReportedVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.exit_codes import GateLimits, Judged
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.budgets import planned_budgets
from upgradecheck.planning.calibrating import Calibrations, calibrations_of, contradictions_of, nobodys_uids
from upgradecheck.planning.deciding import PINNABLE
from upgradecheck.planning.ignoring import suppress
from upgradecheck.planning.phases import Decided, Settled
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.statics import made_by_kubelet
from upgradecheck.planning.setting import Setting
from upgradecheck.planning.verdicts import goes_on
from upgradecheck.planning.waves import with_waves
from upgradecheck.planning.waves.places import places_of

UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
_CONFIGURATION = "cgroup root and driver, kubelet configuration, "
_UNSEEN = "and what admission asks beyond Node objects."
_NETWORK = "sandbox network and address, "


def counts_as_unchanged(*, network: bool, configuration: bool) -> str:
    """What no list of the runtime shows; network, configuration: whether these belong to it."""
    listed = f"{_NETWORK if network else ''}{_CONFIGURATION if configuration else ''}"
    unseen = _UNSEEN if listed else _UNSEEN.removeprefix("and ")
    return f"Counts as unchanged, as no list of the runtime shows it: {listed}{unseen}"


COUNTS_AS_UNCHANGED = counts_as_unchanged(network=True, configuration=True)
UNCHANGED_BUT_NETWORK = counts_as_unchanged(network=False, configuration=True)
NO_SANDBOXES = "No pod sandboxes were given (crictl pods -o json): they count as unchanged."
NO_MANIFESTS = (
    "Static pods were seen without their manifests, so what the old kubelet has dropped from them, and manifests that are gone, are not "
    "seen: give the directory with --static-pods."
)
NO_NODES = "Admission was not judged for pods on nodes whose Node object was not given (kubectl get nodes -o json)."
BARE = (
    "given by -f, without uid and status, are judged as an API server's pods. Those of static pods belong to --static-pods, for a kubelet "
    "may make new UIDs of them."
)
NOTHING = "Nothing was examined: no pod is in the inputs and the scope."


def build(setting: Setting, facts: Facts, decided: Decided, settled: Settled, limits: GateLimits) -> Plan:
    """The plan. Pods keep the order they come in."""
    steps, decided_on = setting.steps, tuple(one.pod for one in settled.pods)
    calibrations = calibrations_of(settled.pods)
    calibration = together(calibrations.values())
    names = _node_names(decided_on, setting)
    used = [steps.of(name) for name in names] or [steps.default]
    begins = {end.release: end for end in _begins(used)}
    others = contradictions_of(settled.pods, calibrations)
    nobodys = nobodys_uids(calibrations, others)
    upgrade = _upgrade(setting, facts, decided, settled, calibration, tuple(begins.values()), others, nobodys)
    found = tuple(finding for rule in discover() for finding in rule.findings(upgrade))
    starts = tuple(map(steps.start_of, names)) or (steps.start_of(None),)
    laid = suppress(setting.ignores, settled.pods, found, starts, steps.target.version.minor)
    pods, findings = laid.pods, laid.findings
    planned_nodes = _nodes(names, pods, setting, calibrations)
    summary = replace(
        summary_of(pods),
        override=None if settled.overrides is None else _override(pods, settled.overrides, settled),
        may_be_refused=_may_be_refused(settled),
    )
    missing = _missing(setting, facts, decided, settled, planned_nodes, pods, calibrations, others)
    complete = bool(pods) and not missing
    coverage = Coverage(len(pods), len(planned_nodes), len(decided.nodes_with_evidence), missing)
    plan = Plan(
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
        notices=tuple(_notices(setting, facts, decided, pods)),
        plan_hash=plan_digest(steps.target.release, pods, settled.overrides or {}),
        gate=limits.judge(Judged(pods, summary.containers, findings, calibration, coverage, complete)),
        history=settled.check,
        overrides=settled.overrides,
        budgets=tuple(planned_budgets(facts.budgets, pods)),
        ignores=laid.audit,
    )
    return with_waves(plan, setting.waves)


def _upgrade(
    setting: Setting,
    facts: Facts,
    decided: Decided,
    settled: Settled,
    calibration: Calibration,
    starts: tuple[KubeletEnd, ...],
    others: Mapping[str, OtherKubelet],
    nobodys: Mapping[str, int],
) -> Upgrade:
    """What rules look for hazards in."""
    steps = setting.steps
    return Upgrade(
        starts=starts,
        target=steps.target,
        pods=tuple(one.pod for one in settled.pods),
        facts=facts,
        noted=grouped((rule, (one.pod, note)) for one in settled.pods for rule, note in one.notes.items()),
        calibration=calibration,
        admission=settled.admission,
        checkpoints=decided.pasts.troubles,
        contradicted=settled.contradicted,
        configs=next(_configs(steps), SAME_CONFIG),
        others=others,
        said={node: version.release for node in (*others, *nobodys) if (version := _start(steps, node)) is not None},
        nobodys=nobodys,
        troubles=steps.troubles,
        cgroups_unseen=steps.cgroups_unseen,
        alone=is_alone(_node_names(tuple(one.pod for one in settled.pods), setting), setting.scope),
    )


def _missing(
    setting: Setting,
    facts: Facts,
    decided: Decided,
    settled: Settled,
    nodes: tuple[PlannedNode, ...],
    pods: tuple[PlannedPod, ...],
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


def _notices(setting: Setting, facts: Facts, decided: Decided, pods: tuple[PlannedPod, ...]) -> Iterator[str]:
    yield UPSTREAM
    if not pods:
        yield NOTHING
    unexamined = (notice for rule in discover() if rule.unexamined is not None for notice in rule.unexamined(facts))
    yield from (*setting.steps.notices, *facts.notices, *decided.notices, *unexamined, *setting.in_force.notices(facts.containers))
    if pods:
        yield from _limits(setting, facts, decided, pods)


def _limits(setting: Setting, facts: Facts, decided: Decided, pods: tuple[PlannedPod, ...]) -> Iterator[str]:
    """What the evidence could not show, each named once."""
    if not facts.sandboxes:
        yield NO_SANDBOXES
    if setting.manifests is None and any(pod.source is PodSource.FILE for pod in pods):
        yield NO_MANIFESTS
    if bare := sum(_is_bare(pod) for pod in pods):
        yield f"Manifests of {count(bare, 'pod')} {BARE}"
    if {pod.node for pod in pods} - {node.name for node in setting.nodes}:
        yield NO_NODES
    networks, without_network = _networks(pods, decided.records)
    configured = any(configs.old_told or configs.new_told for configs in _configs(setting.steps))
    yield counts_as_unchanged(network=not networks or bool(without_network), configuration=not configured)
    if networks and without_network:
        yield f"Pods whose sandbox's network was seen: {networks}; was not seen: {without_network}."


def _is_bare(pod: PlannedPod) -> bool:
    """Whether this is a manifest that no controller makes and no API server has taken: that of a static pod looks alike."""
    return pod.source is PodSource.API and not pod.uid and pod.replicas is None and pod.workload.kind == "Pod"


def _configs(steps: Steps) -> Iterator[Configs]:
    """The configurations of kubelets that steps have; all are alike."""
    return (one.step.configs for one in (steps.default, *steps.by_node.values()) if one.step is not None)


def _unproved(setting: Setting, pods: Iterable[PlannedPod], calibrations: Calibrations) -> Iterator[Missing]:
    """Nodes of whose manifests none makes the UID that runs, and not all go for that: what is kept is kept by a rule that sees no edit."""
    if setting.manifests is None:
        return
    open_or_kept = (Verdict.SAFE, Verdict.UNKNOWN)
    left = {pod.node for pod in pods if pod.source is not PodSource.API and pod.verdict in open_or_kept and made_by_kubelet(pod.uid)}
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
    """The directory of manifests that the old kubelet's configuration has and the new one's has not."""
    lost = any(one.new_told and one.old.static_pod_path and not one.new.static_pod_path for one in _configs(setting.steps))
    if lost and any(pod.source is PodSource.FILE for pod in pods):
        reason = "--to-config has no staticPodPath: that kubelet ends all static pods, unless --pod-manifest-path is on its command line"
        yield Missing("the new kubelet's directory of manifests", reason)


def _node_names(pods: tuple[PlannedPod, ...], setting: Setting) -> list[str]:
    """Those of the plan, and those that only pods name."""
    return sorted({node.name for node in setting.nodes} | {pod.node for pod in pods if pod.node})


def _nodes(names: Iterable[str], pods: tuple[PlannedPod, ...], setting: Setting, calibrations: Calibrations) -> tuple[PlannedNode, ...]:
    on_node: dict[str, list[PlannedPod]] = {name: [] for name in names}
    for pod in pods:
        if pod.node:
            on_node[pod.node].append(pod)
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
            worst(tuple(pod.verdict for pod in on_node[name])),
            calibrations.get(name, Calibration()),
            grades(on_node[name]),
            setting.steps.overruled.get(name),
            boots.get(name),
            *places_of(labels.get(name, {})),
            vendor=_vendor(setting, versions.get(name), name),
            obstacle=_obstacle(setting.steps, name),
        )
        for name in names
    )


def _vendor(setting: Setting, reported: ReportedVersion | None, node: str) -> str | None:
    """Whose build of the kubelet a node runs, by the version that it reports, else by those that are asked about."""
    told = (reported, _start(setting.steps, node), setting.steps.target.version)
    return next((one.vendor for one in told if isinstance(one, KubeletVersion) and one.vendor is not None), None)


def _obstacle(steps: Steps, node: str) -> Reason | None:
    """Why the new kubelet cannot come up there."""
    step = steps.of(node).step
    return None if step is None else step.obstacle


def _start(steps: Steps, node: str) -> KubeletVersion | None:
    step = steps.of(node).step
    return step.start.version if step is not None and step.start is not None else None


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


def summary_of(pods: tuple[PlannedPod, ...]) -> Summary:
    """How many containers and pods there are of each verdict, and how many of them a drained node would still hold."""
    stay = tuple(pod for pod in pods if not pod.drained)
    return Summary(_containers(pods), _pods(pods), Counts(_containers(stay), _pods(stay)))


def _may_be_refused(settled: Settled) -> int:
    """How many pods go on as far as can be foreseen, and may be refused all the same."""
    possible = {(one.pod.node, one.pod.uid) for one in settled.admission if isinstance(one.outcome, Possible)}
    return sum((one.pod.node, one.pod.uid) in possible and any(map(goes_on, one.pod.containers)) for one in settled.pods)


def _override(pods: tuple[PlannedPod, ...], overrides: Mapping[str, Override], settled: Settled) -> OverrideSummary:
    counted = Counter(container.override_refused for pod in pods for container in pod.containers)
    refused = {refusal: counted[refusal] for refusal in OverrideRefusal if counted[refusal]}
    without = Counts(_containers(settled.before), _pods(settled.before))
    return OverrideSummary(len(overrides), refused, without, sum(PINNABLE in one.notes for one in settled.pods))


def _containers(pods: tuple[PlannedPod, ...]) -> Mapping[Verdict, int]:
    return _count((container.verdict, pod.number) for pod in pods for container in pod.containers)


def _pods(pods: tuple[PlannedPod, ...]) -> Mapping[Verdict, int]:
    return _count((pod.verdict, pod.number) for pod in pods)


def _count(verdicts: Iterable[tuple[Verdict, int]]) -> Mapping[Verdict, int]:
    """How many there are of each; of a template as many as it stands for."""
    counted = Counter[Verdict]()
    for verdict, number in verdicts:
        counted[verdict] += number
    return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


def _begins(used: Iterable[NodeStep]) -> list[KubeletEnd]:
    return [one.step.start for one in used if one.step is not None and one.step.start is not None]


def _is_downgrade(used: Iterable[NodeStep], target: KubeletEnd) -> bool:
    return any(_order(end.version) > _order(target.version) for end in _begins(used))


def _order(version: KubeletVersion) -> tuple[Minor, int, str, int]:
    """Orders releases; alpha, beta and rc of a release come before it."""
    stage, number = re.findall(r"[a-z]+|[0-9]+", version.prerelease) if version.prerelease else ("released", 0)
    return version.minor, version.patch or 0, stage, int(number)


def _networks(pods: Iterable[PlannedPod], records: Records) -> tuple[int, int]:
    """Of how many pods the network of the newest sandbox was seen, and of how many that run or may run it was not."""
    seen = unseen = 0
    for pod in pods:
        newest = next(iter(records.sandboxes(pod)), None)
        if newest is not None and newest.network is not None:
            seen += 1
        elif newest is not None or pod.verdict is not Verdict.NOT_COMPARED:
            unseen += 1
    return seen, unseen
