"""One pod, explained to people: verdict and hashes first, then the kubelet's decision step by step, then what it says and what helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from rich.text import Text

from upgradecheck.model.explanation import Avoidance, ExplainedStep, Explanation, StepOutcome
from upgradecheck.model.plan import Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, VERDICT_STYLE, Page, padded
from upgradecheck.renderers.media.plain import name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.explained import ExplainedPod, ToldContainer, ToldHash, explained_pod
from upgradecheck.reporting.words import KIND, WORD

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
_LABEL = 12
_BELOW = "pkg/kubelet"
_STEP_COLUMN = 29


def render(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    """The pod, then each container."""
    page, pod = Page(canvas), explained_pod(explanation)
    page.paragraph(Text(f"{name(pod.namespace)}/{name(pod.name)}", STRONG))
    for one in pod.head:
        _labelled(page, one.label, said(one.line))
    _verdict(page, pod.verdict, pod.sentence)
    shared = _shared(pod)
    if shared:
        page.heading("THE POD", "" if pod.tag is None else f"files are below {_BELOW}, k8s.io/kubernetes {name(pod.tag)}")
        _steps(page, shared)
    yield page.take()
    for told in pod.containers:
        _container(page, told, told.steps[len(shared) :])
        yield page.take()
    if pod.notices:
        page.heading("NOTICES")
    for notice in pod.notices:
        page.paragraph(safe_text(notice), lead="  -", indent=4)
    page.blank()
    page.paragraph(Text(pod.closing, FAINT))
    yield page.take()


def _shared(pod: ExplainedPod) -> tuple[ExplainedStep, ...]:
    """The steps of the pod as a whole, if they are those of all its containers that are told of."""
    alike = all(told.steps[: len(pod.steps)] == pod.steps for told in pod.containers)
    return pod.steps if alike else ()


def _container(page: Page, told: ToldContainer, steps: Sequence[ExplainedStep]) -> None:
    page.heading(f"CONTAINER {name(told.name)}{KIND[told.kind]}")
    _verdict(page, told.verdict, told.sentence)
    for one in told.hashes:
        _labelled(page, one.label, _hash(one))
    for why in told.why:
        _labelled(page, why.label, said(why.line))
    page.blank()
    _steps(page, steps)
    _announcements(page, told)
    if told.next_step is not None:
        page.blank()
        page.paragraph(said(told.next_step), lead=Text("  next", STRONG), indent=_LABEL)
    _avoid(page, told.avoid)


def _verdict(page: Page, verdict: Verdict, sentence: str) -> None:
    lead = Text.assemble("  ", (WORD[verdict], VERDICT_STYLE.get(verdict, "")))
    page.paragraph(sentence, lead=lead, indent=max(_LABEL, len(WORD[verdict]) + 4))


def _labelled(page: Page, label: str, body: str) -> None:
    page.paragraph(body, lead=Text(f"  {label}", FAINT), indent=_LABEL)


def _hash(told: ToldHash) -> str:
    """Hex and decimal under each other's columns."""
    return said(told.line) if told.hash is None else f"{told.hash.hex:<8}  {told.hash.decimal:<10}  {said(told.line)}"


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


def _announcements(page: Page, told: ToldContainer) -> None:
    if not told.announcements:
        return
    page.blank()
    page.paragraph(f"  {told.announced}:")
    several = len(told.announcements) > 1
    for one in told.announcements:
        whose = f" ({', '.join(map(name, one.releases))})" if several else ""
        page.paragraph(f"event Killing{whose}", indent=4)
        page.unbroken(safe_text(one.event), indent=6)
        if one.log is not None:
            page.paragraph(f"kubelet's log{whose}", indent=4)
            page.unbroken(safe_text(one.log), indent=6)


def _avoid(page: Page, avoid: Iterable[Avoidance]) -> None:
    for number, one in enumerate(avoid):
        if not number:
            page.blank()
            page.paragraph("  What would avoid it:")
        word = Text("yes", GOOD) if one.possible else Text("no", BAD)
        page.paragraph(safe_text(one.detail), lead=Text.assemble("    ", padded(word, 4), one.way.value.replace("-", " ")), indent=25)
