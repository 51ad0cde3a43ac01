"""One pod, explained, as Markdown: for the ticket that asks why it restarted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgradecheck.model.explanation import Difference, ExplainedContainer, ExplainedStep, Explanation
from upgradecheck.model.plan import Grade, PlannedContainer, Verdict
from upgradecheck.renderers import Canvas, hex_hash
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.words import GRADE, KIND, MEANING, UPSTREAM, WORD, cause_text

_LABEL = {True: "yes", False: "no"}


def render(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    """The pod, then each container."""
    pod = explanation.pod
    yield f"# {code(f'{pod.namespace}/{pod.name}')}: {WORD[pod.verdict]}\n\n"
    yield f"{_meaning(pod.verdict)}{words(pod.reason.sentence)}.\n\n"
    yield from (f"- {words(detail)}\n" for detail in pod.details)
    yield from ("\n" if pod.details else "",)
    start = "unknown" if explanation.from_version is None else code(explanation.from_version)
    rows = (
        ("kubelet", f"{start} → {code(explanation.to_version)}"),
        ("kubelets that it can be", ", ".join(map(code, explanation.to_releases))),
        ("node", f"{code(pod.node or '')} {code(explanation.runtime or '')}"),
        ("workload", f"{code(pod.workload.kind)} {code(pod.workload.name)}, source {pod.source.value}"),
        ("UID", code(pod.uid)),
    )
    yield table(("", ""), rows)
    if not explanation.containers:
        yield _steps(explanation.steps)
    for told in explanation.containers:
        yield from _container(told)
    yield f"\n{words(UPSTREAM)}\n"


def _meaning(verdict: Verdict) -> str:
    return "" if verdict is Verdict.NOT_COMPARED else f"{words(MEANING[verdict])}: "


def _container(told: ExplainedContainer) -> Iterator[str]:
    planned = told.planned
    yield f"\n## Container {code(planned.name)}{KIND[planned.kind]}: {WORD[planned.verdict]}\n\n"
    yield f"{_meaning(planned.verdict)}{words(planned.reason.sentence)}.\n\n"
    yield table(("hash", "hex", "decimal", ""), _hashes(told))
    if planned.causes or told.differences:
        yield "\n"
    yield from (f"- {words(cause_text(cause))}\n" for cause in planned.causes)
    yield from (f"- {_difference(found)}\n" for found in told.differences)
    yield _steps(told.steps)
    yield from _announcements(told)
    if told.next_step is not None:
        yield f"\nNext: {words(told.next_step)}\n"
    if told.avoid:
        yield "\nWhat would avoid it:\n\n"
        yield table(("way", "helps", "why"), ((one.way.value, _LABEL[one.possible], words(one.detail)) for one in told.avoid))


def _hashes(told: ExplainedContainer) -> Iterator[tuple[str, ...]]:
    yield _carried(told.planned)
    for label, made in (("from", told.under_from), ("to", told.under_to)):
        for one in made:
            yield label, code(hex_hash(one.hash)), str(one.hash), f"computed by {code(one.release)}"


def _carried(planned: PlannedContainer) -> tuple[str, ...]:
    evidence = planned.evidence
    creator = f", as {code(evidence.creator)} makes it" if evidence.creator is not None else ""
    if evidence.grade is Grade.ABSENT or evidence.hash is None:
        return "carried", "–", "0" if evidence.grade is Grade.ABSENT else "–", GRADE[evidence.grade]
    return "carried", code(hex_hash(evidence.hash)), str(evidence.hash), f"{GRADE[evidence.grade]}{creator}"


def _difference(found: Difference) -> str:
    if found.before is None and found.after is None:
        return f"hashed: {code(found.path)} {found.change.value}"
    before, after = ("nothing" if text is None else code(text) for text in (found.before, found.after))
    return f"hashed: {code(found.path)} {before} → {after}"


def _steps(steps: Sequence[ExplainedStep]) -> str:
    rows = (
        (
            told.step.value,
            f"**{told.outcome.value}**" if told.outcome.value == "decides" else told.outcome.value,
            words(told.detail),
            f"{code(told.place.file)} {code(told.place.function)} {code(told.tag)}",
        )
        for told in steps
    )
    return "\n" + table(("step", "outcome", "found", "upstream"), rows)


def _announcements(told: ExplainedContainer) -> Iterator[str]:
    for one in told.announcements:
        yield f"\n- {', '.join(map(code, one.releases))}, event Killing: {code(one.event)}\n"
        if one.log is not None:
            yield f"- in its log: {code(one.log)}\n"
