"""The plan as a test report, for the pipelines that draw one: a test a container, a suite a namespace, and the gate's conditions first.

What goes on is a pass, so that a report of a good cluster is green; what ends is a failure, what cannot be told an error (nobody has
found that it fails); what an ignore entry accepts, and what this kubelet does not compare, is skipped. A template is one test, whatever its
replicas.

Names are made visible before the standard library's writer escapes them for XML: no control character and no unpaired surrogate, which XML
cannot hold, is left by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from upgradecheck.model.plan import GONE, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.hits import as_a_whole
from upgradecheck.reporting.ignores import reasons_of_entries
from upgradecheck.reporting.words import cause_text, ignored_text

FOR_MACHINES = True

Tag = str | None
ERROR = "error"
_TAG = {**dict.fromkeys(GONE, "failure"), Verdict.UNKNOWN: ERROR, Verdict.SUPPRESSED: "skipped", Verdict.NOT_COMPARED: "skipped"}


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The document, test by test; no more than one is held."""
    return document("upgradecheck plan", tags_of(plan), suites(plan))


def document(name: str, tags: Iterable[Tag], some: Iterable[str]) -> Iterator[str]:
    """One of these suites, whose tests come to these tags."""
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name={quoteattr(safe_text(name))}{_counts(tags)}>\n'
    yield from some
    yield "</testsuites>\n"


def tags_of(plan: Plan) -> Iterator[Tag]:
    """What becomes of each test of a plan; None: it passes."""
    return chain(_tags_of_gate(plan), (_TAG.get(verdict) for pod in plan.pods for verdict in _verdicts(pod)))


def _tags_of_gate(plan: Plan) -> Iterator[Tag]:
    return (None if condition.met else "failure" for condition in plan.gate.conditions)


def suites(plan: Plan, cluster: str | None = None) -> Iterator[str]:
    """The gate, then each namespace; the cluster stands before their names, where that is told."""
    before = "" if cluster is None else f"{cluster}: "
    reasons = reasons_of_entries(plan)
    in_order = sorted(plan.pods, key=lambda pod: pod.namespace)
    yield from _suite(f"{before}upgradecheck gate", _tags_of_gate(plan), _conditions(plan))
    for namespace, some in groupby(in_order, lambda pod: pod.namespace):
        pods = tuple(some)
        tags = (_TAG.get(verdict) for pod in pods for verdict in _verdicts(pod))
        yield from _suite(f"{before}{namespace or '-'}", tags, (case for pod in pods for case in _pod(pod, reasons)))


def suite_without_plan(cluster: str, trouble: str) -> Iterator[str]:
    """A cluster of which there is no plan: one test, which could not be run."""
    case = Element("testcase", classname="gate", name="plan")
    SubElement(case, "error", type="no-report", message=safe_text(trouble))
    return _suite(f"{cluster}: upgradecheck gate", [ERROR], [case])


def _suite(name: str, tags: Iterable[Tag], cases: Iterable[Element]) -> Iterator[str]:
    yield f"  <testsuite name={quoteattr(safe_text(name))}{_counts(tags)}>\n"
    for case in cases:
        yield f"    {tostring(case, encoding='unicode')}\n"
    yield "  </testsuite>\n"


def _counts(tags: Iterable[Tag]) -> str:
    counted = Counter(tags)
    told = {"tests": sum(counted.values()), "failures": counted["failure"], "errors": counted["error"], "skipped": counted["skipped"]}
    return "".join(f' {name}="{number}"' for name, number in told.items())


def _verdicts(pod: PlannedPod) -> Iterator[Verdict]:
    """As _pod has tests."""
    if not pod.containers or as_a_whole(pod):
        yield pod.verdict
    yield from (container.verdict for container in pod.containers)


def _conditions(plan: Plan) -> Iterator[Element]:
    answer = answer_of(plan)
    for condition in answer.conditions:
        case = Element("testcase", classname="gate", name=condition.name.value)
        if not condition.met:
            SubElement(case, "failure", type="condition", message=safe_text(condition.text)).text = safe_text(answer.gate)
        yield case


def _pod(pod: PlannedPod, reasons: Mapping[int | None, str]) -> Iterator[Element]:
    if not pod.containers or as_a_whole(pod):
        yield _case(pod, pod.name, pod.verdict, pod.reason.value, f"{_accepted(pod, reasons)}{pod.reason.sentence}.")
    for container in pod.containers:
        yield _case(pod, container.name, container.verdict, container.reason.value, _sentence(container, reasons))


def _sentence(container: PlannedContainer, reasons: Mapping[int | None, str]) -> str:
    causes = "; ".join(map(cause_text, container.causes))
    return (
        f"{_accepted(container, reasons)}{container.reason.sentence}{f' ({causes})' if causes else ''} [{container.evidence.grade.value}]."
    )


def _accepted(one: PlannedContainer | PlannedPod, reasons: Mapping[int | None, str]) -> str:
    text = ignored_text(one)
    return f"{text} ({reasons.get(one.ignored_by, '')}): " if text else ""


def _case(pod: PlannedPod, name: str, verdict: Verdict, reason: str, sentence: str) -> Element:
    case = Element("testcase", classname=safe_text(f"{pod.namespace}.{pod.name}"), name=safe_text(name) or "-")
    properties = SubElement(case, "properties")
    told = {
        "node": pod.node,
        "uid": pod.uid,
        "workload": f"{pod.workload.kind}/{pod.workload.name}",
        "verdict": verdict.value,
        "reason": reason,
    }
    for key, value in {**told, "replicas": None if pod.replicas is None else str(pod.replicas)}.items():
        if value is not None:
            SubElement(properties, "property", name=key, value=safe_text(value))
    if verdict in _TAG:
        SubElement(case, _TAG[verdict], {} if _TAG[verdict] == "skipped" else {"type": verdict.value}, message=safe_text(sentence))
    return case
