"""What is said of one explained pod: verdict, where it runs, hashes with their origin, why, what the kubelet will say, what helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.model.explanation import Announcement, Avoidance, Difference, ExplainedContainer, ExplainedStep, Explanation, ValueChange
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Grade, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.reporting.lines import Arrow, Labelled, Line, Name, Names, Value, with_commands
from upgradecheck.reporting.words import GRADE, UNKNOWN_NODE, UPSTREAM, cause_text, meaning_of

_CHANGE: Mapping[ValueChange, str] = {ValueChange.ADDED: "new", ValueChange.REMOVED: "gone", ValueChange.CHANGED: "changed"}


class ToldHash(msgspec.Struct, frozen=True, gc=False):
    """A hash with where it is from; None where there is none, and the line says why."""

    label: str
    hash: Hash | None
    line: Line


class ToldContainer(msgspec.Struct, frozen=True, gc=False):
    """One container. announced: under which condition the kubelet will say what it says, a clause."""

    name: str
    kind: ContainerKind
    verdict: Verdict
    sentence: str
    hashes: tuple[ToldHash, ...]
    why: tuple[Labelled, ...]
    steps: tuple[ExplainedStep, ...]
    announced: str
    announcements: tuple[Announcement, ...]
    next_step: Line | None
    avoid: tuple[Avoidance, ...]


class ExplainedPod(msgspec.Struct, frozen=True, gc=False):
    """All of it. steps: those of the pod as a whole; tag: of the sources that they stand in, None where there is no step."""

    namespace: str
    name: str
    verdict: Verdict
    sentence: str
    head: tuple[Labelled, ...]
    steps: tuple[ExplainedStep, ...]
    tag: str | None
    containers: tuple[ToldContainer, ...]
    notices: tuple[str, ...]
    closing: str


def explained_pod(explanation: Explanation) -> ExplainedPod:
    """What is said of it."""
    pod = explanation.pod
    every = (*explanation.steps, *(step for one in explanation.containers for step in one.steps))
    return ExplainedPod(
        namespace=pod.namespace,
        name=pod.name,
        verdict=pod.verdict,
        sentence=_sentence(pod.verdict, pod.reason),
        head=tuple(_head(explanation)),
        steps=explanation.steps,
        tag=next((step.tag for step in every), None),
        containers=tuple(map(_container, explanation.containers)),
        notices=tuple(notice for notice in explanation.notices if notice != UPSTREAM),
        closing=UPSTREAM,
    )


def _sentence(verdict: Verdict, reason: Reason) -> str:
    return reason.sentence if verdict is Verdict.NOT_COMPARED else f"{meaning_of(verdict, reason)}: {reason.sentence}"


def _head(explanation: Explanation) -> Iterator[Labelled]:
    pod = explanation.pod
    start = "an unknown version" if explanation.from_version is None else Name(explanation.from_version.release)
    node: Line = (UNKNOWN_NODE,) if pod.node is None else ("node ", Name(pod.node))
    runtime: Line = () if explanation.runtime is None else (", ", Name(explanation.runtime))
    yield Labelled("kubelet", (start, Arrow(), Name(explanation.to_version.release), " on ", *node, *runtime))
    uid = Name(pod.uid) if pod.uid else "unknown"
    owner = Name(f"{pod.workload.kind}/{pod.workload.name}")
    yield Labelled("pod", (owner, f", source {pod.source.value}, UID ", uid))
    if len(explanation.to_releases) > 1:
        several = Names(explanation.to_releases)
        yield Labelled("note", ("the version to upgrade to can be several kubelets: ", several, "; steps are told of the last"))
    for detail in pod.details:
        yield Labelled("found", (detail,))


def _container(told: ExplainedContainer) -> ToldContainer:
    planned = told.planned
    certain = planned.verdict is Verdict.RESTART
    return ToldContainer(
        name=planned.name,
        kind=planned.kind,
        verdict=planned.verdict,
        sentence=_sentence(planned.verdict, planned.reason),
        hashes=tuple(_hashes(told)),
        why=tuple(_why(told)),
        steps=told.steps,
        announced="It will be told in these words" if certain else "If it is killed for its hash, it will be told in these words",
        announcements=told.announcements,
        next_step=None if told.next_step is None else with_commands(told.next_step),
        avoid=told.avoid,
    )


def _hashes(told: ExplainedContainer) -> Iterator[ToldHash]:
    yield _carried(told.planned)
    for label, made in (("from", told.under_from), ("to", told.under_to)):
        for one in made:
            yield ToldHash(label, one.hash, ("computed by ", Name(one.release)))


def _carried(planned: PlannedContainer) -> ToldHash:
    evidence = planned.evidence
    if evidence.grade is Grade.ABSENT:
        return ToldHash("carries", None, ("no readable hash, which a kubelet takes for 0 (absent)",))
    if evidence.hash is None:
        return ToldHash("carries", None, (f"a hash that is not known ({GRADE[evidence.grade]})",))
    creator: Line = (", as ", Name(evidence.creator), " makes it") if evidence.creator is not None else ()
    return ToldHash("carries", evidence.hash, (GRADE[evidence.grade], *creator))


def _why(told: ExplainedContainer) -> Iterator[Labelled]:
    """The causes, and the paths that are hashed otherwise: all with their values, or those that no cause has named."""
    causes = told.planned.causes
    yield from (Labelled("because", (cause_text(cause),)) for cause in causes)
    named = {cause.path for cause in causes}
    for found in told.differences:
        if found.before is not None or found.after is not None or found.path not in named:
            yield Labelled("hashed", _difference(found))


def _difference(found: Difference) -> Line:
    if found.before is None and found.after is None:
        return Name(found.path), f": {_CHANGE[found.change]}"
    before, after = ("nothing" if text is None else Value(text) for text in (found.before, found.after))
    return Name(found.path), ": ", before, Arrow(), after
