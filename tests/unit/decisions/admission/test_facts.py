"""Section admission of hashdata: what it names exists, and what only ever grew, grows."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.builders import CATALOG
from tests.unit.decisions.admission.asking import asks, build, node, outcomes, pod
from upgradecheck.decisions.admission import Admitted, Possible
from upgradecheck.model.admission import AdmissionFacts
from upgradecheck.model.version import Minor

MINORS = CATALOG.minors()


def facts(minor: Minor) -> tuple[AdmissionFacts, ...]:
    """Of the first release and of each patch that changed some."""
    found = CATALOG.schema(minor).admission
    return (found.first, *(later for _, later in found.later))


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_every_later_entry_changes_something_and_is_of_a_known_patch(minor: Minor) -> None:
    assert all(before != after for before, after in pairwise(facts(minor)))
    patches = [since for since, _ in CATALOG.schema(minor).admission.later]
    assert patches == sorted(set(patches) & set(CATALOG.patches(minor)))


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_features_that_pods_can_require_are_gates_of_the_minor(minor: Minor) -> None:
    assert set(facts(minor)[-1].scheduling_features) <= set(CATALOG.feature_gates(minor))


def test_safe_sysctls_only_grow() -> None:
    known = [set(facts(minor)[-1].safe_sysctls) for minor in MINORS]
    assert all(before <= after for before, after in pairwise(known))


def test_a_resize_in_progress_makes_a_refusal_for_room_possible_only() -> None:
    """Which resources the kubelet has given is in a file of its own; the status shows only that they are others."""
    resized = pod("a", second=1, containers=[asks({"cpu": "1500m"})])
    resized["status"]["containerStatuses"][0]["allocatedResources"] = {"cpu": "1"}
    second = pod("b", second=2, containers=[asks({"cpu": "1"})])
    found = outcomes(build("1.33.13"), resized, second, on=node())
    assert isinstance(found["a"], Admitted)
    assert isinstance(found["b"], Possible)
    assert found["b"].unknown == "which resources an in-place resize has left to the pods"
    resized["status"]["containerStatuses"][0]["allocatedResources"] = {"cpu": "1.5"}
    assert not isinstance(outcomes(build("1.33.13"), resized, second)["b"], Possible)
