"""One pod of a plan, explained: its decision step by step in the kubelet's order, both hashes, and what would avoid the verdict.

Verdicts, reasons and the step that decides are those of the plan. The steps before it were passed, or the evidence does not show them, in
which case they count as passed here as they do in the plan; those after it are not reached. Of a container that is kept no step decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.explaining.containers import announcements, container_steps
from upgradecheck.explaining.steps import Found, Witness, pod_steps
from upgradecheck.explaining.ways import ways
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.model.decisions import InitLogic
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.explanation import BuildHash, ExplainedContainer, ExplainedStep, StepOutcome
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.places import Place, Places
from upgradecheck.model.plan import OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import STEP_ORDER, StepName
from upgradecheck.model.version import Minor
from upgradecheck.planning.containers import is_made_up
from upgradecheck.planning.deciding import chance_in
from upgradecheck.planning.overriding import Chance
from upgradecheck.planning.reaching import out_of_reach, runtime_of
from upgradecheck.planning.seeing.facts import ContainerFacts, Step

_MANAGER = "pkg/kubelet/kuberuntime/kuberuntime_manager.go"
_COMMON = "pkg/kubelet/config/common.go"
_FIXED: Mapping[StepName, Place] = {
    StepName.SPEC: Place("pkg/kubelet/config/apiserver.go", "newSourceApiserverFromLW"),
    StepName.MANIFEST: Place(_COMMON, "tryDecodeSinglePod"),
    StepName.STATIC_UID: Place(_COMMON, "applyDefaults"),
    StepName.POD_STATE: Place("pkg/kubelet/kubelet.go", "HandlePodAdditions"),
    StepName.CREATOR: Place("pkg/kubelet/kuberuntime/labels.go", "newContainerAnnotations"),
    StepName.HASH: Place(_MANAGER, "containerChanged"),
}
_SANDBOX = (StepName.SANDBOX_COUNT, StepName.SANDBOX_READY, StepName.SANDBOX_NETWORK, StepName.SANDBOX_ADDRESS)
_COMPUTE = Place(_MANAGER, "computePodActions")
NEXT_INIT = Place("pkg/kubelet/kuberuntime/kuberuntime_container.go", "findNextInitContainerToRun")
FIXED_PLACES = (*_FIXED.values(), _COMPUTE)
"""Places that are the same in every minor."""


def explain_pod(witness: Witness, places: Places) -> tuple[ExplainedStep, ...]:
    """The steps of the pod as a whole; if none of them decides, its containers do."""
    found = tuple(pod_steps(witness))
    decider = _decider(witness.planned)
    at = decider if decider in {one.step for one in found} else None
    return _judged(found, at, None, witness, places)


def explain_container(
    witness: Witness, planned: PlannedContainer, places: Places, minors: Callable[[], Sequence[Minor]]
) -> ExplainedContainer:
    """One container of the pod. minors: those whose kubelets compute the hash that it carries, asked for only where it matters."""
    facts = _facts(witness, planned)
    found = (*pod_steps(witness), *_existing(container_steps(witness, planned, facts), places))
    under_to = tuple(hashes_under(witness, witness.target, planned, facts, then=True))
    start = None if witness.step is None else witness.step.start
    return ExplainedContainer(
        planned=planned,
        under_from=() if start is None else tuple(hashes_under(witness, start, planned, facts, then=False)),
        under_to=under_to,
        differences=(),
        steps=_judged(found, _decider(planned), planned, witness, places),
        announcements=announcements(witness, planned, under_to),
        avoid=ways(planned, minors() if planned.reason is Reason.HASH_CHANGED else (), _chance(witness, planned, facts), witness.hindrance),
    )


def _chance(witness: Witness, planned: PlannedContainer, facts: ContainerFacts | None) -> Chance | None:
    """What an override could do, as plan --override has it; None where no hash decides."""
    if facts is None or witness.joined is None or witness.step is None or planned.reason is not Reason.HASH_CHANGED:
        return None
    chance = chance_in(witness.joined, facts, witness.step, witness.records, planned.evidence)
    refusal = chance.refusal or _out_of_reach(witness, witness.step, planned)
    return chance if refusal is chance.refusal else Chance(refusal)


def _out_of_reach(witness: Witness, step: Step, planned: PlannedContainer) -> OverrideRefusal | None:
    node = None if witness.node is None else witness.node.runtime
    return out_of_reach(step, runtime_of(planned, witness.records.of_pod(witness.planned), node))


def _facts(witness: Witness, planned: PlannedContainer) -> ContainerFacts | None:
    if witness.joined is None or planned.reason is Reason.NOT_IN_SPEC:
        return None
    return next((one for one in witness.joined.spec.facts.containers if one.name == planned.name), None)


def _existing(found: Iterator[Found], places: Places) -> Iterator[Found]:
    """Without the look at resources, where this version has none."""
    return (one for one in found if one.step is not StepName.RESOURCES or places.resize is not None)


def decoded(witness: Witness, build: KubeletBuild, planned: PlannedContainer, *, then: bool) -> DecodedContainer | None:
    """The container as a kubelet has it, then or now; None if the spec is not at hand, refused, or without it."""
    try:
        found = witness.under(build, then=then)
    except SpecRefused:
        return None
    return None if found is None else next((one for one in found.containers if one.name == planned.name), None)


def hashes_under(
    witness: Witness, end: KubeletEnd, planned: PlannedContainer, facts: ContainerFacts | None, *, then: bool
) -> Iterator[BuildHash]:
    """What each kubelet that a version can be makes of the container, then or now; nothing where that hangs on a made up name."""
    if facts is not None and is_made_up(facts, end):
        return
    told = None if witness.manifest is None else witness.manifest.hashes(planned.name)[int(then)]
    for build in end.builds:
        if told is not None:
            yield BuildHash(build.release, told)
            continue
        container = decoded(witness, build, planned, then=then)
        if container is not None:
            yield BuildHash(build.release, hash_container(container, build.hash_class))


def _judged(
    found: Sequence[Found], decider: StepName | None, planned: PlannedContainer | None, witness: Witness, places: Places
) -> tuple[ExplainedStep, ...]:
    tag = f"v{witness.build.release}"
    return tuple(
        ExplainedStep(one.step, outcome, one.detail, _place(one.step, planned, witness, places), tag)
        for one in found
        for outcome in (_outcome(one, decider),)
    )


def _outcome(found: Found, decider: StepName | None) -> StepOutcome:
    if decider is not None and STEP_ORDER[found.step] > STEP_ORDER[decider]:
        return StepOutcome.NOT_REACHED
    if found.step is decider:
        return StepOutcome.DECIDES
    return StepOutcome.PASSED if found.seen else StepOutcome.NOT_SEEN


def _place(step: StepName, planned: PlannedContainer | None, witness: Witness, places: Places) -> Place:
    if step in _FIXED:
        return _FIXED[step]
    if step in _SANDBOX:
        return places.sandbox
    match step:
        case StepName.ADMISSION:
            return places.admission
        case StepName.CGROUP:
            return places.cgroup
        case StepName.RESOURCES:
            return places.resize or _COMPUTE
        case StepName.INIT:
            return _init_place(witness, places)
        case _:
            of_init = planned is not None and planned.kind in (ContainerKind.INIT, ContainerKind.SIDECAR)
            return _init_place(witness, places) if of_init else _COMPUTE


def _init_place(witness: Witness, places: Places) -> Place:
    state = witness.state()
    sidecars = state is not None and bool(state.of_kind(ContainerKind.SIDECAR))
    as_before = witness.build.decisions.init_logic is InitLogic.ACTIONS_FOR_SIDECARS and not sidecars
    return NEXT_INIT if as_before else places.init


def _decider(decided: PlannedPod | PlannedContainer) -> StepName | None:
    """The step that the verdict comes from; None if it is kept."""
    return None if decided.verdict is Verdict.SAFE else decided.step
