"""Counts agree with their nouns, in every golden for people, every answer of the field, and every sentence that rules can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[2]
_NOUNS = (
    "container", "pod", "node", "workload", "finding", "restart", "stop", "version", "minor", "file", "UID", "manifest", "record", "hash",
    "entry", "reason", "cause", "hour", "minute", "second", "image", "sandbox", "notice", "input", "list", "namespace", "budget", "override",
    "PodDisruptionBudget", "DaemonSet", "replica", "kubelet", "checkpoint", "start", "problem", "template", "condition", "disruption", "patch",
)  # fmt: skip
_NUMBER = r"(?<![\w.,/:#%=-])"
_ONE = re.compile(
    rf"{_NUMBER}1 (?:more )?({'|'.join(map(re.escape, (*(f'{noun}s' for noun in _NOUNS), 'hashes', 'entries', 'patches')))})\b"
)
_MANY = re.compile(rf"{_NUMBER}(?:0|[2-9]|[1-9][0-9,]+) (?:more )?({'|'.join(_NOUNS)})\b(?!-)")


def disagreements(text: str) -> Iterator[str]:
    """Where a number and its noun part, with what follows."""
    flat = " ".join(text.split())
    for found in (*_ONE.finditer(flat), *_MANY.finditer(flat)):
        yield flat[found.start() : found.end() + 30]


def test_what_is_looked_for_is_found() -> None:
    wrong = "1 pods, 2 pod, 0 container, 12 more node, 1,200 pod and 1 more workloads; 1 hashes"
    right = "1 pod, 2 pods, 0 containers, 1.31 pods of 1, 21 pods, 1 pod-template, v1 pods, 3 of 1"
    assert len([*disagreements(wrong)]) == 7
    assert [*disagreements(right)] == []


def test_numbers_agree_with_their_nouns() -> None:
    folders = [TESTS / "goldens" / kind for kind in ("table", "wide", "markdown", "runbook", "junit", "github")]
    pages = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    answers = [path for pattern in ("ANSWER*", "report.txt") for path in TESTS.rglob(pattern)]
    assert len(pages) > 50
    found = {str(path.relative_to(TESTS)): [*disagreements(path.read_text())] for path in (*pages, *answers)}
    assert {name: told for name, told in found.items() if told} == {}
