"""What of a node a kubelet leaves to pods under another configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import raw
from tests.unit.decisions.admission.asking import node
from upgradecheck.decisions.admission import allocatable_under
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import Origin

CAPACITY = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "110"}
SHOWN = {"cpu": "3800m", "memory": "7Gi", "ephemeral-storage": "96636764000", "pods": "110"}
OLD = KubeletConfig(kube_reserved={"cpu": "200m", "memory": "924Mi"}, sets_room=True)


def left(old: KubeletConfig | None, new: KubeletConfig, **status: Any) -> Mapping[str, str] | None:
    """What changes of the allocatable that the Node object shows."""
    facts = node_facts(raw(node(**{"capacity": CAPACITY, "allocatable": SHOWN, **status})), Origin("nodes.json"))
    made = allocatable_under(facts, Configs(old or KubeletConfig(), new, old is not None, new_told=True))
    return None if made is None else {name: amount for name, amount in made.items() if amount != SHOWN.get(name)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(OLD, OLD, None, id="the same configuration"),
        pytest.param(OLD, replace(OLD, kube_reserved={"cpu": "500m", "memory": "924Mi"}), {"cpu": "3500000000n"}, id="more is reserved"),
        pytest.param(OLD, replace(OLD, system_reserved={"cpu": "1"}), {"cpu": "2800000000n"}, id="for the system too"),
        pytest.param(
            OLD, replace(OLD, reserved_cpus="0-1,3"), {"cpu": "1000000000n"}, id="cpus by their numbers, in place of reserved cpu"
        ),
        pytest.param(
            OLD,
            replace(OLD, eviction_hard={"nodefs.available": "10%"}),
            {"memory": f"{(7 * 2**30 + 100 * 2**20) * 10**9}n"},
            id="no threshold",
        ),
        pytest.param(OLD, replace(OLD, max_pods=50), {"pods": "50000000000n"}, id="fewer pods"),
        pytest.param(OLD, replace(OLD, pods_per_core=10), {"pods": "40000000000n"}, id="pods by core"),
        pytest.param(OLD, replace(OLD, kube_reserved={"cpu": "9", "memory": "924Mi"}), {"cpu": "0n"}, id="more than there is"),
        pytest.param(None, KubeletConfig(), None, id="of neither anything is known"),
        pytest.param(
            None,
            replace(OLD, kube_reserved={"cpu": "500m", "memory": "924Mi"}),
            {"cpu": "3500000000n"},
            id="the running one's is not known: from the capacity",
        ),
    ],
)
def test_allocatable(old: KubeletConfig | None, new: KubeletConfig, expected: Mapping[str, str] | None) -> None:
    assert left(old, new) == expected


def test_without_another_configuration_nothing_changes() -> None:
    facts = node_facts(raw(node(capacity=CAPACITY, allocatable=SHOWN)), Origin("nodes.json"))
    assert allocatable_under(facts, Configs(OLD, OLD, old_told=True)) is None


def test_a_node_that_shows_no_allocatable_is_not_judged() -> None:
    assert left(OLD, replace(OLD, kube_reserved={"cpu": "3"}), allocatable=None) is None


def test_a_share_is_held_in_32_bits_as_kubelets_do() -> None:
    """Nodes with 52416492Ki of storage show 48307038948 as allocatable with the usual threshold of a tenth."""
    new = KubeletConfig(eviction_hard={"nodefs.available": "10%"}, sets_room=True)
    shown = {"capacity": {"ephemeral-storage": "52416492Ki"}, "allocatable": {"ephemeral-storage": "1"}}
    assert left(None, new, **shown) == {"ephemeral-storage": f"{48307038948 * 10**9}n"}
