"""A Verification as the body of a ticket that is closed with it."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.verification import Result, Verification
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, listed, said, table, words
from upgradecheck.reporting.verified import NODE_TITLES, RESULT, WAVE_TITLES, Told, VerificationReport, report_of

_MOST = 100
_MOST_NODES = 20


def render(verification: Verification, canvas: Canvas) -> Iterator[str]:
    """The text, section by section."""
    report = report_of(verification)
    yield f"# Kubelet {said(report.step)}, verified\n\n**{report.word}: {words(report.sentence)}.**\n\n"
    yield table(("result", "containers", "meaning"), ((one.word, f"{one.number:,}", one.meaning) for one in report.counts))
    for result, told in report.sections:
        yield _section(result, told)
    yield from _nodes(report)
    if report.waves:
        yield f"\n## Waves\n\n{table(WAVE_TITLES, report.waves)}"
    yield from _bullets("Notices", [words(one) for one in report.notices])
    yield from _bullets("Next", [said(step) for step in report.next_steps])
    yield f"\nExit code {report.exit_code}: {words(report.exit_meaning)}. Plan {code(report.plan_hash)}.\n"


def _section(result: Result, told: tuple[Told, ...]) -> str:
    word, meaning = RESULT[result]
    rows = ((said(one.who), said(one.what)) for one in told[:_MOST])
    more = len(told) - _MOST
    rest = f"\n… and {count(more, 'more container')} (`-o json` lists all)\n" if more > 0 else ""
    return f"\n## {word.capitalize()}: {meaning}\n\n{table(('container', 'what came'), rows)}{rest}"


def _nodes(report: VerificationReport) -> Iterator[str]:
    if report.nodes:
        told = ((one, listed(one.names, _MOST_NODES)) for one in report.nodes)
        rows = ((words(one.word), f"{len(one.names):,}", names, said(one.what, _MOST_NODES)) for one, names in told)
        yield f"\n## Nodes\n\n{table(('state', 'nodes', 'names', 'kubelet'), rows)}"
    if numbers := report.node_numbers[:_MOST]:
        yield f"\n{table(NODE_TITLES, ((code(one.name), *one.cells) for one in numbers))}"


def _bullets(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"\n## {title}\n\n" + "".join(f"- {item}\n" for item in items)
