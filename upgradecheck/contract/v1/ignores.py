"""An ignore file as a person writes it; ``formats.ignores`` reads it. Typing errors are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from upgradecheck.contract.parts import Part, said

Accepted = Literal["restart", "recreate", "reject", "unknown"]
_GLOB = "a star stands for any text within its part; rx:REGEX is a regular expression of the whole"


def _pattern(text: str) -> Meta:
    """Told in the schema; whoever reads the file says it in words."""
    return Meta(extra_json_schema={"pattern": text})


class IgnoreEntryJson(Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is accepted, and why. All conditions that are given must hold; at least one of name, workload, labels, node and rule is."""

    reason: Annotated[str, said("Why this is accepted"), Meta(extra_json_schema={"minLength": 1})]
    owner: Annotated[str | None, said("Who answers for it")] = None
    expires: Annotated[str | None, said("Its last day, in UTC"), _pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = None
    name: Annotated[str | None, said(f"NAMESPACE/NAME of pods, or with rule of what a finding is about; {_GLOB}")] = None
    workload: Annotated[str | None, said(f"KIND/NAME, such as Deployment/web; {_GLOB}")] = None
    labels: Annotated[str | None, said("A label selector of pods, as kubectl -l takes it")] = None
    node: Annotated[str | None, said(f"A node's name; {_GLOB}")] = None
    rule: Annotated[str | None, said("A hazard rule: the entry accepts what it finds, and no container"), _pattern("^UC[0-9]{3}$")] = None
    hops: Annotated[
        str | None,
        said("Upgrades within this range of minors, such as 1.29..1.31; 1.31..1.29 is the way back, an end that is left out is open"),
    ] = None
    verdicts: Annotated[
        tuple[Accepted, ...],
        said("What is accepted: restart and recreate unless this says otherwise. What is unknown for want of evidence only with reasons"),
        Meta(extra_json_schema={"minItems": 1}),
    ] = ()
    reasons: Annotated[
        tuple[str, ...],
        said(
            "Of what is unknown for want of evidence, the reasons (as in a plan's JSON) for which it is accepted; beside unknown in "
            "verdicts, name or workload, and expires"
        ),
        Meta(extra_json_schema={"minItems": 1}),
    ] = ()


class IgnoresJson(Part, frozen=True, forbid_unknown_fields=True):
    """An ignore file: what of a plan is accepted, by whom, why and until when."""

    ignore: tuple[IgnoreEntryJson, ...]


DOCUMENT = IgnoresJson
