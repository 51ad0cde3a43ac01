"""Label selectors: what labels an object must have."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Term(msgspec.Struct, frozen=True, gc=False):
    """One requirement: the label is one of values, or with negated set, is none of them; values None asks for presence."""

    key: str
    values: frozenset[str] | None
    negated: bool

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it."""
        if self.values is None:
            return (self.key in labels) is not self.negated
        return (self.key in labels and labels[self.key] in self.values) is not self.negated


class Selector(msgspec.Struct, frozen=True, gc=False):
    """All terms must match; none match everything."""

    terms: tuple[Term, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy every term."""
        return not self.terms or all(term.matches(labels) for term in self.terms)
