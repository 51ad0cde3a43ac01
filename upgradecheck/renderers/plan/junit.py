"""The plan as a test report, for the pipelines that draw one: a test a container, a suite a namespace, and the gate's conditions first.

What goes on is a pass, so that a report of a good cluster is green; what ends is a failure, what cannot be told an error (nobody has
found that it fails), and what this kubelet does not compare is skipped. A template is one test, whatever its replicas.

Names are made visible before the standard library's writer escapes them for XML: no control character and no unpaired surrogate, which XML
cannot hold, is left by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from upgradecheck.model.plan import GONE, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.hits import as_a_whole
from upgradecheck.reporting.words import cause_text

FOR_MACHINES = True

_SKIPPED = Verdict.NOT_COMPARED


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The document, suite by suite."""
    suites = [("upgradecheck gate", list(_conditions(plan)))]
    in_order = sorted(plan.pods, key=lambda pod: pod.namespace)
    suites += [
        (namespace or "-", [case for pod in pods for case in _pod(pod)]) for namespace, pods in groupby(in_order, lambda pod: pod.namespace)
    ]
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f"<testsuites name={quoteattr('upgradecheck plan')}{_counts([case for _, cases in suites for case in cases])}>\n"
    for name, cases in suites:
        yield f"  <testsuite name={quoteattr(safe_text(name))}{_counts(cases)}>\n"
        for case in cases:
            yield f"    {tostring(case, encoding='unicode')}\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _counts(cases: list[Element]) -> str:
    numbers = {name: sum(case.find(tag) is not None for case in cases) for name, tag in _TAGS.items()}
    return "".join(f' {name}="{number}"' for name, number in {"tests": len(cases), **numbers}.items())


_TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _conditions(plan: Plan) -> Iterator[Element]:
    answer = answer_of(plan)
    for condition in answer.conditions:
        case = Element("testcase", classname="gate", name=condition.name.value)
        if not condition.met:
            SubElement(case, "failure", type="condition", message=safe_text(condition.text)).text = safe_text(answer.gate)
        yield case


def _pod(pod: PlannedPod) -> Iterator[Element]:
    if not pod.containers or as_a_whole(pod):
        yield _case(pod, pod.name, pod.verdict, pod.reason.value, f"{pod.reason.sentence}.")
    for container in pod.containers:
        yield _case(pod, container.name, container.verdict, container.reason.value, _sentence(container))


def _sentence(container: PlannedContainer) -> str:
    causes = "; ".join(map(cause_text, container.causes))
    return f"{container.reason.sentence}{f' ({causes})' if causes else ''} [{container.evidence.grade.value}]."


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
    tag = "failure" if verdict in GONE else "error" if verdict is Verdict.UNKNOWN else "skipped" if verdict is _SKIPPED else None
    if tag == "skipped":
        SubElement(case, tag, message=safe_text(sentence))
    elif tag is not None:
        SubElement(case, tag, type=verdict.value, message=safe_text(sentence))
    return case
