"""A Verification as a test report: a test a container, a suite a namespace.

What came as predicted passes. A miss or a false alarm is a failure; what was not seen is an error, since nobody found that it failed. What
is pending, replaced, unexplained or unknown is skipped, and says why.

Names are made visible before the standard library's writer escapes them for XML: no control character and no unpaired surrogate, which XML
cannot hold, is left by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from upgradecheck.model.verification import WRONG, Result, Verification, VerifiedContainer
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.plain import said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.verified import RESULT, what_of

FOR_MACHINES = True

_TAG = {**dict.fromkeys(Result, "skipped"), **dict.fromkeys(WRONG, "failure"), Result.UNSEEN: "error"}
del _TAG[Result.HIT]


def render(verification: Verification, canvas: Canvas) -> Iterator[str]:
    """The document, test by test."""
    in_order = sorted(verification.containers, key=lambda one: one.namespace)
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="upgradecheck verify"{_counts(in_order)}>\n'
    for namespace, some in groupby(in_order, lambda one: one.namespace):
        containers = tuple(some)
        yield f"  <testsuite name={quoteattr(safe_text(namespace) or '-')}{_counts(containers)}>\n"
        for one in containers:
            yield f"    {tostring(_case(one), encoding='unicode')}\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _counts(containers: Iterable[VerifiedContainer]) -> str:
    counted = Counter(_TAG.get(one.result) for one in containers)
    told = {"tests": sum(counted.values()), "failures": counted["failure"], "errors": counted["error"], "skipped": counted["skipped"]}
    return "".join(f' {name}="{number}"' for name, number in told.items())


def _case(one: VerifiedContainer) -> Element:
    case = Element("testcase", classname=safe_text(f"{one.namespace}.{one.pod}"), name=safe_text(one.container or one.pod) or "-")
    properties = SubElement(case, "properties")
    told = {"node": one.node, "uid": one.uid, "predicted": one.predicted.value, "reason": one.reason.value, "result": one.result.value}
    for name, value in told.items():
        if value is not None:
            SubElement(properties, "property", name=name, value=safe_text(value))
    tag = _TAG.get(one.result)
    if tag is not None:
        word, meaning = RESULT[one.result]
        message = f"{word}, {meaning}: {said(what_of(one))}."
        SubElement(case, tag, {} if tag == "skipped" else {"type": one.result.value}, message=message)
    return case
