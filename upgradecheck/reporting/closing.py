"""The end of a report: findings with their remedies, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from upgradecheck.model.plan import Finding, Grade, ObjectRef, Plan, Severity
from upgradecheck.model.reasons import READ_RECORDS
from upgradecheck.reporting.answer import Answer, AnswerKind
from upgradecheck.reporting.groups import Section
from upgradecheck.reporting.lines import Line, Name, with_commands
from upgradecheck.reporting.overriding import override_steps


class FindingMessage(msgspec.Struct, frozen=True, gc=False):
    """What is found of some objects; names in the message are raw."""

    message: str
    objects: tuple[Line, ...]


class FindingGroup(msgspec.Struct, frozen=True, gc=False):
    """Findings of one rule with one remedy, by message."""

    severity: Severity
    rule: str
    remedy: str
    messages: tuple[FindingMessage, ...]


def finding_groups(findings: tuple[Finding, ...]) -> Iterator[FindingGroup]:
    """The groups, worst first."""
    severities = tuple(Severity)
    by_remedy: dict[tuple[int, str, str], dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        by_remedy[severities.index(finding.severity), finding.rule, finding.remedy][finding.message].append(finding)
    for (rank, rule, remedy), by_message in sorted(by_remedy.items(), key=lambda item: item[0]):
        messages = (FindingMessage(message, tuple(_object(one.object) for one in same)) for message, same in by_message.items())
        yield FindingGroup(severities[rank], rule, remedy, tuple(messages))


def _object(about: ObjectRef) -> Line:
    place = Name(f"{about.namespace}/{about.name}" if about.namespace else about.name)
    container: Line = (" (", Name(about.container), ")") if about.container else ()
    return Name(about.kind), " ", place, *container


def next_steps(plan: Plan, answer: Answer, unknown: tuple[Section, ...]) -> Iterator[Line]:
    """What to do next, each step once."""
    yield from map(with_commands, dict.fromkeys(_steps(plan, answer, unknown)))


def _steps(plan: Plan, answer: Answer, unknown: tuple[Section, ...]) -> Iterator[str]:
    if answer.kind is AnswerKind.NOTHING_EXAMINED:
        yield "Check the input and the filters: is that the right file, and does a pod match?"
        return
    if answer.gone:
        yield (
            "Drain each node before its kubelet is upgraded (`kubectl drain NODE --ignore-daemonsets`): pods then move within their"
            " PodDisruptionBudgets. A restart by the kubelet ignores PodDisruptionBudgets."
        )
    yield from override_steps(plan)
    yield from (section.reason.next_step for section in unknown if section.reason is not None and section.reason.next_step)
    if answer.grades.get(Grade.ESTIMATED):
        yield READ_RECORDS
    if plan.coverage.missing:
        yield "Supply what is listed as not seen, and plan again."
    yield "Keep the whole plan beside your change record: add -o json=plan.json."
