"""Admission of all pods of a node under the new kubelet, laid over what was decided pod by pod: one that is refused goes as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.admission import Admitted, Outcome, PodRequest, Possible, Refused, admit, allocatable_under
from upgradecheck.decisions.containers import Decision
from upgradecheck.hazards import PodAdmission
from upgradecheck.model.plan import PlannedPod, Verdict
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.roomy_nodes import OnNode, RoomyNodes
from upgradecheck.planning.rows import AnyRow, DecidedPods, decided, node_of, rows_of, uid_of
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.verdicts import may_be_refused

_FIRST_START = (
    "whether the new kubelet has written what its configuration leaves to pods into the Node object before the pod is admitted; at any "
    "later start it has"
)
_NONE: Mapping[str, Outcome] = {}
_UNTOUCHED_AT = StepName.POD_STATE
"""Where pods stand that a restarted kubelet does not stop by refusing them: finished, being deleted, on no node yet."""


class Readmitted(msgspec.Struct, frozen=True, gc=False):
    """The pods with what admission says laid over, and those that it speaks against."""

    pods: Sequence[DecidedPod]
    admission: tuple[PodAdmission, ...]


def readmit(pods: Sequence[DecidedPod], beside: Mapping[str, Sequence[PodRequest]], nodes: Iterable[NodeFacts], steps: Steps) -> Readmitted:
    """Admits the pods of every node that was given. beside: what pods ask that are on a node and not in the scope, by node."""
    outcomes: dict[str, dict[str, Outcome]] = {}
    asked: dict[str, OnNode] = {node: OnNode(requests) for node, requests in beside.items()}
    given, roomy = tuple(nodes), RoomyNodes()
    names = {node.name for node in given}
    for row in rows_of(pods) if names else ():
        if (of := node_of(row)) in names and of:
            if (its := asked.get(of)) is None:
                its = asked[of] = OnNode()
            its.add(row)
    for node in given:
        step = steps.of(node.name).step
        its = asked.get(node.name)
        if step is not None and step.obstacle is None and its is not None and not roomy.admit_all(its, node, step):
            outcomes[node.name] = _admitted(its.requests, node, step)
    if not outcomes:
        return Readmitted(pods, ())
    laid, admission = list[AnyRow](), []
    for row in rows_of(pods):
        outcome = outcomes.get(node_of(row) or "", _NONE).get(uid_of(row))
        if outcome is None or isinstance(outcome, Admitted):
            laid.append(row)
            continue
        one = decided(row)
        if one.request is not None and isinstance(outcome, (Refused, Possible)) and one.pod.reason.step is not _UNTOUCHED_AT:
            if isinstance(outcome, Refused):
                one = replace(one, pod=_stays_failed(one.pod) if one.failed else _refused(one.pod, outcome))
            elif outcome.likely and not one.failed:
                one = replace(one, pod=may_be_refused(one.pod), doubted=True)
            admission.append(PodAdmission(one.pod, outcome))
        elif one.request is not None and one.request.finished and one.succeeded and _speaks_against(outcome):
            admission.append(PodAdmission(one.pod, outcome, succeeded=True))
        laid.append(one)
    return Readmitted(DecidedPods(laid), tuple(admission))


def _speaks_against(outcome: Outcome | None) -> TypeGuard[Refused | Possible]:
    """Whether a pod is refused, or likely to be."""
    return isinstance(outcome, Refused) or (isinstance(outcome, Possible) and outcome.likely)


def _admitted(requests: Sequence[PodRequest], node: NodeFacts, step: Step) -> dict[str, Outcome]:
    """By pod UID. Where the new version can be several kubelets, what is not the same for all is possible at most."""
    by_object = _by_every_build(requests, node, step)
    allocatable = allocatable_under(node, step.configs)
    if allocatable is None:
        return by_object
    by_config = _by_every_build(requests, replace(node, allocatable=allocatable), step)
    return {uid: _configured(outcome, by_config[uid]) for uid, outcome in by_object.items()}


def _by_every_build(requests: Sequence[PodRequest], node: NodeFacts, step: Step) -> dict[str, Outcome]:
    running = step.start.builds[-1] if step.start is not None else None
    configs, over_cri = step.configs, step.docker_over_cri
    found = [admit(requests, node, build, running=running, configs=configs, docker_over_cri=over_cri) for build in step.target.builds]
    return {uid: _agreed([one[uid] for one in found if uid in one]) for uid in found[-1]}


def _configured(by_object: Outcome, by_config: Outcome) -> Outcome:
    """What the Node object of now says, and what the new configuration will make of it: the first start goes by either."""
    if type(by_object) is type(by_config):
        return by_config
    against = by_config if not isinstance(by_config, Admitted) else by_object
    assert not isinstance(against, Admitted)
    if isinstance(against, Possible) and not against.likely:
        return against
    return Possible(against.ground, _FIRST_START, likely=True)


def _agreed(outcomes: Sequence[Outcome]) -> Outcome:
    against = next((one for one in outcomes if isinstance(one, (Refused, Possible))), None)
    if against is None or all(isinstance(one, Refused) for one in outcomes):
        return outcomes[-1]
    if isinstance(against, Refused):
        return Possible(against.ground, "which kubelet the version is", likely=True)
    return next((one for one in outcomes if isinstance(one, Possible) and one.likely), against)


def _stays_failed(pod: PlannedPod) -> PlannedPod:
    """A pod that the running kubelet has refused already: nothing of it runs that could be stopped."""
    return _decided_as_a_whole(pod, Decision(Verdict.NOT_COMPARED, Reason.POD_FINISHED))


def _refused(pod: PlannedPod, outcome: Refused) -> PlannedPod:
    """A pod that is refused, with all that is in it; one whose manifest is refused already stays so."""
    if pod.verdict is Verdict.REJECT:
        return pod
    ground = outcome.ground
    refused = _decided_as_a_whole(pod, Decision(Verdict.REJECT, ground.refusal.reason))
    return replace(refused, details=(*pod.details, f"{ground.reason}: asked is {ground.asked}, found {ground.has}"))


def _decided_as_a_whole(pod: PlannedPod, decision: Decision) -> PlannedPod:
    """The pod and all that is in it under one decision, in place of what was decided before."""
    verdict, reason, at = decision.verdict, decision.reason, decision.at
    containers = tuple(replace(one, verdict=verdict, reason=reason, decided_at=at, causes=()) for one in pod.containers)
    return replace(pod, verdict=verdict, reason=reason, decided_at=at, containers=containers)
