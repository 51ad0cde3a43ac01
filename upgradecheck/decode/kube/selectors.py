"""Label selectors as kubectl takes them with -l: ``a=b``, ``a==b``, ``a!=b``, ``a in (b,c)``, ``a notin (b,c)``, ``a``, ``!a``.

Mirrors the grammar of k8s.io/apimachinery/pkg/labels/selector.go; a label that is absent satisfies ``!=`` and ``notin``.
"""

from __future__ import annotations

import re

from upgradecheck.model.errors import UsageError
from upgradecheck.model.patterns import pattern
from upgradecheck.model.selectors import Selector, Term

__all__ = ["Selector", "Term", "parse_selector"]

_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9._-]*"
_SET = rf"(?!\s*\))\s*{_VALUE}\s*(?:,\s*{_VALUE}\s*)*"
_TERM = pattern(
    rf"\s*(?:(?P<not>!)\s*(?P<absent>{_KEY})"
    rf"|(?P<key>{_KEY})\s*(?:(?P<op>==|=|!=)\s*(?P<value>{_VALUE})|\s(?P<set>in|notin)\s*\((?P<values>{_SET})\))?)\s*(?:,(?=.*\S)|$)",
    re.DOTALL,
)


def parse_selector(option: str, text: str | None) -> Selector:
    """The selector of a command-line option.

    Raises:
        UsageError: the text is no selector.
    """
    if text is None or not text.strip():
        return Selector()
    terms, position = [], 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            raise UsageError(
                f"{option} {text!r}: not a label selector at {text[position:]!r}. Write it as kubectl -l does, such as app=db,tier!=test."
            )
        terms.append(_term(match))
        position = match.end()
    return Selector(tuple(terms))


def _term(match: re.Match[str]) -> Term:
    if match["not"]:
        return Term(match["absent"], None, negated=True)
    if match["op"]:
        return Term(match["key"], frozenset({match["value"]}), negated=match["op"] == "!=")
    if match["set"]:
        return Term(match["key"], frozenset(value.strip() for value in match["values"].split(",")), negated=match["set"] == "notin")
    return Term(match["key"], None, negated=False)
