"""The RuleList as JSON: all that is said of each rule, whether or not the formats for people list it only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said
from upgradecheck.contract.values import MinorName
from upgradecheck.model.plan import Severity
from upgradecheck.model.rules import RuleList


class UpstreamJson(Part, frozen=True):
    """Where upstream a rule is about: a published Go module or a repository, the version that was read, the file, and the function."""

    module: str
    version: str
    path: str
    function: str | None


class RuleJson(Part, frozen=True):
    """One hazard rule; its texts are sentences, with commands in backticks."""

    id: str
    title: str
    severity: Annotated[Severity, said("of most findings of this rule; a finding has its own")]
    summary: Annotated[str, said("what it means")]
    why: Annotated[str, said("why a kubelet does it, or why it matters")]
    look: Annotated[str, said("how to see it")]
    remedy: Annotated[str, said("what to do; findings may be more precise")]
    since: Annotated[MinorName | None, said("the first minor to which an upgrade concerns it; null: the first that is known")]
    until: Annotated[MinorName | None, said("the last such minor; null: the last that is known")]
    sources: Annotated[tuple[UpstreamJson, ...], said("empty if it is about the evidence that was given, not about a kubelet")]


class RuleListJson(Part, frozen=True):
    """The hazard rules, or those that were named."""

    format_version: FormatVersion
    kind: Literal["RuleList"]
    rules: Lines[RuleJson]


DOCUMENT = RuleListJson


def of(told: RuleList) -> Iterator[tuple[str, object]]:
    """The members of the list."""
    return members(RuleListJson, told)
