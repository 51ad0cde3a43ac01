"""One pod, explained, as Markdown: for the ticket that asks why it restarted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upgradecheck.model.explanation import ExplainedStep, Explanation, StepOutcome
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, said, table, words
from upgradecheck.reporting.explained import ToldContainer, ToldHash, explained_pod
from upgradecheck.reporting.words import KIND, WORD

_LABEL = {True: "yes", False: "no"}
_MOST_RELEASES = 20


def render(explanation: Explanation, canvas: Canvas) -> Iterator[str]:
    """The pod, then each container."""
    told = explained_pod(explanation)
    yield f"# {code(f'{told.namespace}/{told.name}')}: {WORD[told.verdict]}\n\n{words(told.sentence)}.\n\n"
    yield table(("", ""), ((one.label, said(one.line, _MOST_RELEASES)) for one in told.head))
    if not told.containers:
        yield _steps(told.steps)
    for container in told.containers:
        yield from _container(container)
    if told.notices:
        yield "\nNotices:\n\n" + "".join(f"- {words(one)}\n" for one in told.notices)
    yield f"\n{words(told.closing)}\n"


def _container(told: ToldContainer) -> Iterator[str]:
    yield f"\n## Container {code(told.name)}{KIND[told.kind]}: {WORD[told.verdict]}\n\n{words(told.sentence)}.\n\n"
    yield table(("hash", "hex", "decimal", ""), _hashes(told.hashes))
    if told.why:
        yield "\n" + "".join(f"- {one.label}: {said(one.line)}\n" for one in told.why)
    yield _steps(told.steps)
    yield from _announcements(told)
    if told.next_step is not None:
        yield f"\nNext: {said(told.next_step)}\n"
    if told.avoid:
        yield "\nWhat would avoid it:\n\n"
        yield table(("way", "helps", "why"), ((one.way.value, _LABEL[one.possible], words(one.detail)) for one in told.avoid))


def _hashes(hashes: Iterable[ToldHash]) -> Iterator[tuple[str, ...]]:
    for told in hashes:
        number = ("–", "–") if told.hash is None else (code(told.hash.hex), told.hash.decimal)
        yield told.label, *number, said(told.line)


def _steps(steps: Sequence[ExplainedStep]) -> str:
    rows = (
        (
            told.step.value,
            f"**{told.outcome.value}**" if told.outcome is StepOutcome.DECIDES else told.outcome.value,
            words(told.detail),
            f"{code(told.place.file)} {code(told.place.function)} {code(told.tag)}",
        )
        for told in steps
    )
    return "\n" + table(("step", "outcome", "found", "upstream"), rows)


def _announcements(told: ToldContainer) -> Iterator[str]:
    if told.announcements:
        yield f"\n{words(told.announced)}:\n\n"
    for one in told.announcements:
        yield f"- {', '.join(map(code, one.releases))}, event Killing: {code(one.event)}\n"
        if one.log is not None:
            yield f"- in its log: {code(one.log)}\n"
