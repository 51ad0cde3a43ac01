"""One pod, explained to people: verdict and hashes first, then the kubelet's decision step by step, then what it says and what helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from rich.text import Text

from upgradecheck.model.explanation import (
    Change,
    Difference,
    ExplainedContainer,
    ExplainedStep,
    Explanation,
    StepOutcome,
)
from upgradecheck.model.plan import Grade, PlannedContainer, Verdict
from upgradecheck.renderers import Canvas, hex_hash
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, Page, name, padded
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.words import GRADE, KIND, MEANING, UPSTREAM, WORD, cause_text

_OUTCOME: Mapping[StepOutcome, str] = {
    StepOutcome.PASSED: "passed",
    StepOutcome.DECIDES: "DECIDES",
    StepOutcome.NOT_SEEN: "not seen",
    StepOutcome.NOT_REACHED: "not reached",
}
_STYLE: Mapping[StepOutcome, str] = {
    StepOutcome.PASSED: "",
    StepOutcome.DECIDES: STRONG,
    StepOutcome.NOT_SEEN: DOUBT,
    StepOutcome.NOT_REACHED: FAINT,
}
_CHANGE: Mapping[Change, str] = {Change.ADDED: "new", Change.REMOVED: "gone", Change.CHANGED: "changed"}
"""Reasons whose next step is told; of manifests what would avoid the verdict says the same."""
_LABEL = 12
_BELOW = "pkg/kubelet"
_STEP_COLUMN = 29


def render(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    """The pod, then each container."""
    page = Page(canvas)
    _head(page, explanation)
    shared = _shared(explanation)
    if shared:
        page.heading("THE POD", _by(explanation))
        _steps(page, shared)
    yield page.take()
    for told in explanation.containers:
        _container(page, told, told.steps[len(shared) :])
        yield page.take()
    page.blank()
    page.paragraph(Text(UPSTREAM, FAINT))
    yield page.take()


def _head(page: Page, explanation: Explanation) -> None:
    pod = explanation.pod
    page.paragraph(Text(f"{name(pod.namespace)}/{name(pod.name)}", STRONG))
    start = "an unknown version" if explanation.from_version is None else name(explanation.from_version)
    where = "an unknown node" if pod.node is None else f"node {name(pod.node)}"
    runtime = "" if explanation.runtime is None else f", {name(explanation.runtime)}"
    _told(page, "kubelet", f"{start} -> {name(explanation.to_version)} on {where}{runtime}")
    _told(page, "pod", f"{name(pod.workload.kind)}/{name(pod.workload.name)}, source {pod.source.value}, UID {name(pod.uid) or 'unknown'}")
    if len(explanation.to_releases) > 1:
        several = ", ".join(map(name, explanation.to_releases))
        _told(page, "note", f"the version to upgrade to can be several kubelets: {several}; steps are told of the last")
    _verdict(page, pod.verdict, pod.reason.sentence)


def _by(explanation: Explanation) -> str:
    steps = explanation.steps or tuple(step for told in explanation.containers for step in told.steps)
    return f"files are below {_BELOW}, k8s.io/kubernetes {name(steps[0].tag)}" if steps else ""


def _shared(explanation: Explanation) -> tuple[ExplainedStep, ...]:
    """The steps of the pod as a whole, if they are those of all its containers that are told of."""
    steps = explanation.steps
    alike = all(told.steps[: len(steps)] == steps for told in explanation.containers)
    return steps if alike else ()


def _container(page: Page, told: ExplainedContainer, steps: Sequence[ExplainedStep]) -> None:
    planned = told.planned
    page.heading(f"CONTAINER {name(planned.name)}{KIND[planned.kind]}")
    _verdict(page, planned.verdict, planned.reason.sentence)
    _hashes(page, told)
    for cause in planned.causes:
        _told(page, "because", safe_text(cause_text(cause)))
    _differences(page, told.differences, [cause.path for cause in planned.causes])
    page.blank()
    _steps(page, steps)
    _announcements(page, told)
    _avoid(page, told)


def _verdict(page: Page, verdict: Verdict, reason: str) -> None:
    style = VERDICT_STYLE.get(verdict, "")
    body = reason if verdict is Verdict.NOT_COMPARED else f"{MEANING[verdict]}: {reason}"
    page.paragraph(body, lead=Text.assemble("  ", (WORD[verdict], style)), indent=max(_LABEL, len(WORD[verdict]) + 4))


def _told(page: Page, label: str, body: str) -> None:
    page.paragraph(body, lead=Text(f"  {label}", FAINT), indent=_LABEL)


def _hashes(page: Page, told: ExplainedContainer) -> None:
    _told(page, "carries", _carried(told.planned))
    for label, made in (("from", told.under_from), ("to", told.under_to)):
        for one in made:
            _told(page, label, f"{_number(one.hash)}  computed by {name(one.release)}")


def _carried(planned: PlannedContainer) -> str:
    evidence = planned.evidence
    if evidence.grade is Grade.ABSENT:
        return "no readable hash, which a kubelet takes for 0 (absent)"
    if evidence.hash is None:
        return f"a hash that is not known ({GRADE[evidence.grade]})"
    creator = f", as {name(evidence.creator)} makes it" if evidence.creator is not None else ""
    return f"{_number(evidence.hash)}  {GRADE[evidence.grade]}{creator}"


def _number(number: int) -> str:
    """Hex and decimal under each other's columns."""
    return f"{hex_hash(number):<8}  {number:<10}"


def _differences(page: Page, found: Sequence[Difference], told: Sequence[str | None]) -> None:
    """The paths that are hashed otherwise: all with their values, or those that no cause has named."""
    for one in found:
        if one.before is None and one.after is None:
            if one.path not in told:
                _told(page, "hashed", f"{name(one.path)}: {_CHANGE[one.change]}")
            continue
        before, after = ("nothing" if text is None else safe_text(text) for text in (one.before, one.after))
        _told(page, "hashed", f"{name(one.path)}: {before} -> {after}")


def _steps(page: Page, steps: Sequence[ExplainedStep]) -> None:
    reached = [told for told in steps if told.outcome is not StepOutcome.NOT_REACHED]
    for told, after in zip_longest(reached, reached[1:]):
        outcome = padded(Text(_OUTCOME[told.outcome], _STYLE[told.outcome]), 9)
        lead = Text.assemble("  ", outcome, " ", told.step.value.replace("-", " "))
        page.paragraph(safe_text(told.detail), lead=lead, indent=_STEP_COLUMN)
        if after is None or after.place != told.place:
            page.paragraph(
                Text(safe_text(f"{told.place.file.removeprefix(_BELOW + '/')} {told.place.function}"), FAINT), indent=_STEP_COLUMN
            )
    left = [told.step.value.replace("-", " ") for told in steps if told.outcome is StepOutcome.NOT_REACHED]
    if left:
        page.paragraph(Text(", ".join(left), FAINT), lead=Text("  not reached", FAINT), indent=_STEP_COLUMN)


def _announcements(page: Page, told: ExplainedContainer) -> None:
    if not told.announcements:
        return
    page.blank()
    certain = told.planned.verdict is Verdict.RESTART
    page.paragraph("  It will be told in these words:" if certain else "  If it is killed for its hash, it will be told in these words:")
    several = len(told.announcements) > 1
    for one in told.announcements:
        whose = f" ({', '.join(map(name, one.releases))})" if several else ""
        page.paragraph(f"event Killing{whose}", indent=4)
        page.unbroken(safe_text(one.event), indent=6)
        if one.log is not None:
            page.paragraph(f"kubelet's log{whose}", indent=4)
            page.unbroken(safe_text(one.log), indent=6)


def _avoid(page: Page, told: ExplainedContainer) -> None:
    if told.next_step is not None:
        page.blank()
        page.paragraph(told.next_step, lead=Text("  next", STRONG), indent=_LABEL)
    if not told.avoid:
        return
    page.blank()
    page.paragraph("  What would avoid it:")
    for one in told.avoid:
        word = Text("yes", GOOD) if one.possible else Text("no", BAD)
        page.paragraph(safe_text(one.detail), lead=Text.assemble("    ", padded(word, 4), one.way.value.replace("-", " ")), indent=25)
