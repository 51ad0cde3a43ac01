"""The end of a report: findings with their remedies, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.plan import Finding, Grade, ObjectRef, Plan, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.remedies import READ_RECORDS
from upgradecheck.reporting.answer import Answer, AnswerKind
from upgradecheck.reporting.drains import Drain
from upgradecheck.reporting.folding import folded
from upgradecheck.reporting.groups import Section
from upgradecheck.reporting.lines import Line, Name, Value, with_commands
from upgradecheck.reporting.overriding import override_steps

_TO_BE_HELD = "Nothing may restart? `upgradecheck plan --to {} --override` shows which of them an override holds."
_RECORDS_FIRST = "Nothing may restart? `upgradecheck doctor --recipe` says what to dump for `--override`."
_ASK_AGAIN = "Plan again once that kubelet runs: then the runtime has the hashes that it leaves."


class FindingMessage(msgspec.Struct, frozen=True, gc=False):
    """What is found of some objects; names in the message are raw. Where it has a gap (…), each object has its own words for that."""

    message: str
    objects: tuple[Line, ...]


class FindingGroup(msgspec.Struct, frozen=True, gc=False):
    """Findings of one rule with one remedy, by message. on_rows: the rows of what goes down tell the same, and bear the rule's id."""

    severity: Severity
    rule: str
    remedy: str
    messages: tuple[FindingMessage, ...]
    on_rows: bool = False


_ON_ROWS = frozenset({"UC001", "UC002", "UC003", "UC010", "UC041"})
"""Rules that find what stops, and say no more of it than cause, workload and budget do."""


def finding_groups(findings: tuple[Finding, ...], *, stops: bool) -> Iterator[FindingGroup]:
    """The groups, worst first. stops: whether there are rows of all that goes down."""
    severities = tuple(Severity)
    by_remedy: dict[tuple[int, str, str], dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        by_remedy[severities.index(finding.severity), finding.rule, finding.remedy][_message(finding)].append(finding)
    for (rank, rule, remedy), by_message in sorted(by_remedy.items(), key=lambda item: item[0]):
        messages = tuple(_messages(by_message))
        yield FindingGroup(severities[rank], rule, remedy, messages, stops and rule in _ON_ROWS)


def _messages(by_message: Mapping[str, Sequence[Finding]]) -> Iterator[FindingMessage]:
    """What is found, alike sentences as one."""
    for told, own in folded(by_message):
        about = ((*_object(one.object), *_own(words)) for message, words in own.items() for one in by_message[message])
        yield FindingMessage(told, tuple(about))


def _own(words: str) -> Line:
    """What one object has of its own of a sentence that is told of several."""
    whole = words.startswith("(") and words.endswith(")")
    return (" (… ", Value(words[1:-1] if whole else words), ")") if words else ()


def _message(finding: Finding) -> str:
    accepted = "" if finding.ignored_by is None else f" Accepted by ignore entry {finding.ignored_by}."
    return f"{finding.message}{accepted}"


def _object(about: ObjectRef) -> Line:
    place = Name(f"{about.namespace}/{about.name}" if about.namespace else about.name)
    container: Line = (" (", Name(about.container), ")") if about.container else ()
    return Name(about.kind), " ", place, *container


def next_steps(plan: Plan, answer: Answer, drain: Drain | None, unknown: tuple[Section, ...]) -> Iterator[Line]:
    """What to do next, each step once."""
    yield from map(with_commands, dict.fromkeys(_steps(plan, answer, drain, unknown)))


def _steps(plan: Plan, answer: Answer, drain: Drain | None, unknown: tuple[Section, ...]) -> Iterator[str]:
    if answer.kind is AnswerKind.NOTHING_EXAMINED:
        yield "Check the input and the filters: is that the right file, and does a pod match?"
        return
    if drain is not None and drain.helps:
        yield f"Drain each node before its upgrade, as above{'; first scale up what a budget holds back' if drain.waiting else ''}."
    if plan.overrides is None and (changed := _by_hash(plan)):
        yield (_TO_BE_HELD if Grade.RECORDED in changed else _RECORDS_FIRST).format(plan.to_version.release)
    yield from override_steps(plan)
    yield from (section.reason.next_step for section in unknown if section.reason is not None and section.reason.next_step)
    if answer.on_a_word and (plan.calibration.of_reported or not _of_templates(plan)):
        yield READ_RECORDS if not plan.calibration.of_reported else _ASK_AGAIN
    if plan.coverage.missing:
        yield "Supply what is listed as not seen, and plan again."
    if answer.gone:
        yield "One of them step by step: `upgradecheck explain NAMESPACE/POD`, with these options."
    yield "Keep the whole plan beside your change record: add -o json=plan.json."


def _of_templates(plan: Plan) -> bool:
    """Whether no pod was given that may be on record."""
    return all(pod.replicas is not None for pod in plan.pods)


def _by_hash(plan: Plan) -> frozenset[Grade]:
    """Of what restarts for a hash alone, how the hashes are known: an override holds only what is on record."""
    restarting = (one for pod in plan.pods for one in pod.containers if one.verdict is Verdict.RESTART)
    return frozenset(one.evidence.grade for one in restarting if one.reason is Reason.HASH_CHANGED)
