"""PodDisruptionBudgets, decoded: what they select, and what their controller saw last."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.budgets import budget
from upgradecheck.model.budget import Budget
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.selectors import Selector, Term

METADATA = {"name": "web", "namespace": "shop", "generation": 2}


def decoded(spec: Any, status: Any = None, version: str = "policy/v1") -> Budget:
    return budget(json.dumps({"apiVersion": version, "metadata": METADATA, "spec": spec, "status": status}).encode())


EXPRESSIONS = [
    {"key": "tier", "operator": "In", "values": ["a", "b"]},
    {"key": "old", "operator": "NotIn", "values": ["yes"]},
    {"key": "app", "operator": "Exists"},
    {"key": "test", "operator": "DoesNotExist", "values": []},
]


@pytest.mark.parametrize(
    ("selector", "version", "expected"),
    [
        pytest.param({"matchLabels": {"app": "web"}}, "policy/v1", Selector((Term("app", frozenset({"web"}), False),)), id="labels"),
        pytest.param(
            {"matchExpressions": EXPRESSIONS},
            "policy/v1",
            Selector(
                (
                    Term("tier", frozenset({"a", "b"}), False),
                    Term("old", frozenset({"yes"}), True),
                    Term("app", None, False),
                    Term("test", None, True),
                )
            ),
            id="expressions",
        ),
        pytest.param({}, "policy/v1", Selector(), id="an empty one selects every pod"),
        pytest.param({}, "policy/v1beta1", None, id="but none in v1beta1"),
        pytest.param(None, "policy/v1", None, id="an absent one selects none"),
    ],
)
def test_selectors(selector: Any, version: str, expected: Selector | None) -> None:
    assert decoded({"selector": selector}, version=version).selector == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param({"observedGeneration": 2, "currentHealthy": 3, "desiredHealthy": 2}, (3, 2), id="a status that is new"),
        pytest.param({"observedGeneration": 2}, (0, 0), id="zeros are left out"),
        pytest.param(
            {"observedGeneration": 1, "currentHealthy": 3, "desiredHealthy": 2}, (None, None), id="one from before the last change"
        ),
        pytest.param(None, (None, None), id="none"),
    ],
)
def test_status(status: Any, expected: tuple[int | None, int | None]) -> None:
    found = decoded({}, status)
    assert (found.healthy, found.wanted) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param({"metadata": {}}, "metadata.name: has no name", id="without a name"),
        pytest.param(
            {"metadata": METADATA, "spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}}},
            "operator",
            id="an operator",
        ),
        pytest.param({"metadata": 3}, "metadata", id="another type"),
    ],
)
def test_what_is_none_is_refused(raw: Any, message: str) -> None:
    with pytest.raises(SpecRefused, match=message):
        budget(json.dumps(raw).encode())
