"""A PodDisruptionBudget of policy/v1 or v1beta1.

An empty selector selects every pod of the namespace in v1 and none in v1beta1; an absent one selects none (reference: B8; upstream
GetPodPodDisruptionBudgets and LabelSelectorAsSelector in k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.budget import Budget
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.selectors import Selector, Term

_BETA = "policy/v1beta1"
_NEGATED = {"In": False, "Exists": False, "NotIn": True, "DoesNotExist": True}


class _Metadata(msgspec.Struct, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    generation: int | None = None


class _Expression(msgspec.Struct, rename="camel"):
    key: str
    operator: str
    values: list[str] | None = None


class _Selector(msgspec.Struct, rename="camel"):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _Spec(msgspec.Struct, rename="camel"):
    selector: _Selector | None = None


class _Status(msgspec.Struct, rename="camel"):
    observed_generation: int | None = None
    current_healthy: int | None = None
    desired_healthy: int | None = None


class _Budget(msgspec.Struct, rename="camel"):
    api_version: str | None = None
    metadata: _Metadata | None = None
    spec: _Spec | None = None
    status: _Status | None = None


_BUDGET = msgspec.json.Decoder(_Budget)


def budget(raw: bytes, *, beta: bool = False) -> Budget:
    """A budget; beta: it comes from a list of v1beta1, whose items do not say so.

    Raises:
        SpecRefused: it is none, or its selector is not one that an API server takes.
    """
    found = typed(_BUDGET, raw)
    metadata, status = found.metadata or _Metadata(), found.status or _Status()
    if not metadata.name:
        raise SpecRefused("has no name", "metadata.name")
    selector = None if found.spec is None or found.spec.selector is None else Selector(tuple(_terms(found.spec.selector)))
    if selector == Selector() and (beta or found.api_version == _BETA):
        selector = None
    seen = status.observed_generation == metadata.generation
    counts = (status.current_healthy or 0, status.desired_healthy or 0) if seen and found.status is not None else (None, None)
    return Budget(metadata.namespace or "", metadata.name, selector, *counts)


def _terms(selector: _Selector) -> Iterator[Term]:
    for key, value in (selector.match_labels or {}).items():
        yield Term(key, frozenset({value}), negated=False)
    for number, expression in enumerate(selector.match_expressions or ()):
        if expression.operator not in _NEGATED:
            raise SpecRefused("is no operator of a selector", f"spec.selector.matchExpressions[{number}].operator")
        values = frozenset(expression.values or ()) if expression.operator in ("In", "NotIn") else None
        yield Term(expression.key, values, negated=_NEGATED[expression.operator])
