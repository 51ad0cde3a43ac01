"""Every container of a plan in words, a row each: what an appendix lists and a search goes through; names are raw.

Beside what all rows show, a row has what only some have: identifiers, hashes and what an override or an ignore entry has to do with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import SEVERITY, Grade, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.reporting.ignores import reasons_of_entries
from upgradecheck.reporting.words import GRADE, KIND, UNKNOWN_NODE, cause_text, fact_text, ignored_text, not_held_text

WHOLE_POD = "the whole pod"
"""In place of a container's name, where the containers are not known."""


class Detail(msgspec.Struct, frozen=True, gc=False):
    """One more thing of a row, under a word that says what it is."""

    label: str
    text: str


class AppendixRow(msgspec.Struct, frozen=True, gc=False):
    """One container, or a pod whose containers are not known. replicas: how many pods it stands for, where it is of a template.

    grade: how its hash is known, None where none is compared; why: the causes, else the reason, a clause.
    """

    verdict: Verdict
    namespace: str
    pod: str
    container: str
    workload: str
    node: str
    why: str
    grade: Grade | None
    details: tuple[Detail, ...]

    @property
    def evidence(self) -> str:
        """The grade in a word."""
        return "" if self.grade is None else GRADE[self.grade]

    @property
    def rank(self) -> int:
        """Smaller is worse."""
        return SEVERITY[self.verdict]


def appendix_rows(plan: Plan) -> Iterator[AppendixRow]:
    """All of them, in the plan's order."""
    entries = reasons_of_entries(plan)
    for pod in plan.pods:
        about = pod.namespace, pod.name, f"{pod.workload.kind}/{pod.workload.name}", UNKNOWN_NODE if pod.node is None else pod.node
        of_pod = tuple(_of_pod(pod))
        for one in pod.containers or (pod,):
            yield _row(one, about, (*_of_one(one, entries), *of_pod))


def _row(one: PlannedContainer | PlannedPod, about: tuple[str, str, str, str], details: tuple[Detail, ...]) -> AppendixRow:
    namespace, pod, workload, node = about
    name, grade = WHOLE_POD, None
    if isinstance(one, PlannedContainer):
        name, grade = f"{one.name}{KIND[one.kind]}", None if one.verdict is Verdict.NOT_COMPARED else one.evidence.grade
    return AppendixRow(one.verdict, namespace, pod, name, workload, node, "; ".join(_why(one)), grade, details)


def _why(one: PlannedContainer | PlannedPod) -> Iterator[str]:
    if ignored := ignored_text(one):
        yield ignored
    if isinstance(one, PlannedPod):
        yield one.reason.sentence
        return
    if one.verdict is Verdict.UNKNOWN or not one.causes:
        yield one.reason.sentence
    yield from map(cause_text, one.causes)
    if one.verdict is Verdict.RESTART and (refused := not_held_text(one.override_refused)):
        yield refused


def _of_one(one: PlannedContainer | PlannedPod, entries: Mapping[int | None, str]) -> Iterator[Detail]:
    if one.ignored_by is not None:
        yield Detail("accepted because", entries.get(one.ignored_by, ""))
    yield Detail("reason", one.reason.value)
    if isinstance(one, PlannedPod):
        return
    hashes = (
        ("carries", one.evidence.hash),
        ("old kubelet computes", one.computed.from_hash),
        ("new kubelet computes", one.computed.to_hash),
    )
    yield from (Detail(label, str(hex_of(value))) for label, value in hashes if value is not None)
    if one.evidence.creator:
        yield Detail("made by", one.evidence.creator)
    if one.override:
        yield Detail("override", one.override)
    yield from (Detail("known", fact_text(fact)) for fact in one.facts)
    if one.container_id:
        yield Detail("container ID", one.container_id)


def _of_pod(pod: PlannedPod) -> Iterator[Detail]:
    yield Detail("pod UID", pod.uid)
    if pod.mirror_uid:
        yield Detail("mirror pod's UID", pod.mirror_uid)
    if pod.replicas is not None:
        yield Detail("replicas", str(pod.replicas))
    yield from (Detail("pod", text) for text in pod.details)
    if pod.file is not None:
        yield Detail("manifest", pod.file if pod.line is None else f"{pod.file}, line {pod.line}")
    if not pod.drained:
        yield Detail("drain", "stays on a drained node")
