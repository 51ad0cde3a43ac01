"""The types of the contract name attributes of the model: what is renamed there is missed here, before a member silently goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from msgspec.structs import fields

from upgradecheck.contract.v1.diff import FieldJson, UIDRuleJson
from upgradecheck.contract.v1.doctor import CheckJson
from upgradecheck.contract.v1.effect_reasons import EffectReasonJson
from upgradecheck.contract.v1.explain import AnnouncementJson, AvoidanceJson, CarriedJson
from upgradecheck.contract.v1.plan import OverrideJson, PlanJson
from upgradecheck.contract.v1.rules import RuleJson
from upgradecheck.contract.v1.versions import ClassJson, ExplainedJson, SourceJson
from upgradecheck.model.changes import EffectReason, FieldChange
from upgradecheck.model.diagnosis import Check
from upgradecheck.model.explanation import Announcement, Avoidance
from upgradecheck.model.override import Override
from upgradecheck.model.plan import Evidence, Plan
from upgradecheck.model.rules import RuleFacts
from upgradecheck.model.schema import StaticPodUID
from upgradecheck.model.versionlist import ExplainedVersion, FactSource, PossibleClass

OF_ITS_OWN = {PlanJson: {"format_version", "kind", "document_hash"}, OverrideJson: {"before", "after"}}


def bare(kind: Any) -> Any:
    """What a member holds: without notes, without null, the element of a list, the value of a map."""
    if get_origin(kind) in (Annotated, Union, UnionType, tuple, Sequence):
        return bare(next(one for one in get_args(kind) if one is not type(None)))
    return bare(get_args(kind)[1]) if get_origin(kind) in (dict, Mapping) else kind


def missing(told: Any, held: Any) -> Iterator[str]:
    hints = get_type_hints(held)
    for field in fields(told):
        if field.name in OF_ITS_OWN.get(told, ()):
            continue
        if not hasattr(held, field.name) and field.name not in hints:
            yield f"{held.__name__} has no {field.name}, which {told.__name__} shows"
        elif hasattr(bare(field.type), "__struct_fields__") and field.name in hints:
            yield from missing(bare(field.type), bare(hints[field.name]))


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (PlanJson, Plan),
        (OverrideJson, Override),
        (FieldJson, FieldChange),
        (UIDRuleJson, StaticPodUID),
        (CheckJson, Check),
        (EffectReasonJson, EffectReason),
        (AnnouncementJson, Announcement),
        (AvoidanceJson, Avoidance),
        (CarriedJson, Evidence),
        (RuleJson, RuleFacts),
        (SourceJson, FactSource),
        (ClassJson, PossibleClass),
        (ExplainedJson, ExplainedVersion),
    ],
)
def test_every_member_of_the_contract_is_an_attribute_of_the_model(told: Any, held: Any) -> None:
    assert list(missing(told, held)) == []
