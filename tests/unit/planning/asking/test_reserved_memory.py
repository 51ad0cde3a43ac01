"""New configurations that reserve other memory of NUMA nodes than the node keeps back, at which a memory manager ends its kubelet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.reserved_memory import with_reserved_memory
from upgradecheck.planning.asking.steps import Steps, plan_steps

KEPT = {"memoryManagerPolicy": "Static", "kubeReserved": {"memory": "300Mi"}, "evictionHard": {"memory.available": "100Mi"}}
FLAG = KubeletArguments(("--kube-reserved=memory=1Gi",), "kubeadm-flags.env")


def of(*limits: dict[str, str]) -> list[dict[str, Any]]:
    return [{"numaNode": number, "limits": one} for number, one in enumerate(limits)]


def planned(*nodes: NodeFacts, to: str = "1.34.1", told: bool = True, flags: tuple[KubeletArguments, ...] = (), **config: Any) -> Steps:
    new = kubelet_config(json.dumps({"kind": "KubeletConfiguration", **KEPT, **config}).encode())
    configs = Configs(KubeletConfig(), new, new_told=told)
    return with_reserved_memory(plan_steps(nodes, "1.20.15", to, CATALOG, configs=configs), configs, flags, nodes)


def node(memory: str | None = "16Gi", os: str = "linux") -> NodeFacts:
    capacity = None if memory is None else {"memory": memory}
    return NodeFacts("worker-1", None, None, {}, Origin("nodes.json"), os=os, capacity=capacity)


def stops(*nodes: NodeFacts, **asked: Any) -> list[str]:
    found = planned(*nodes, **asked)
    of_nodes = [one.step.obstacle for one in (*found.by_node.values(), *(() if nodes else (found.default,))) if one.step is not None]
    assert of_nodes == [Reason.KUBELET_WILL_NOT_START if found.troubles else None]
    return [one.instead for one in found.troubles]


@pytest.mark.parametrize("nodes", [(), (node(),), (node(None),)])
@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({"reservedMemory": of({"memory": "400Mi"})}, [], id="the same"),
        pytest.param({"reservedMemory": of({"memory": "419430400"})}, [], id="in bytes"),
        pytest.param({"reservedMemory": of({"memory": "100Mi"}, {"memory": "300Mi"})}, [], id="of two NUMA nodes"),
        pytest.param({"reservedMemory": of({"memory": "200Mi"})}, ["200Mi of memory, and 400Mi is kept back"], id="less"),
        pytest.param({"reservedMemory": of({"memory": "401Mi"})}, ["401Mi of memory, and 400Mi is kept back"], id="more"),
        pytest.param(
            {"reservedMemory": of({"memory": "400Mi", "hugepages-2Mi": "2Mi"})}, ["2Mi of hugepages-2Mi, and 0Mi is kept back"], id="pages"
        ),
        pytest.param({"systemReserved": {"memory": "512Ki"}, "reservedMemory": of({"memory": "410112Ki"})}, [], id="with the system's"),
        pytest.param(
            {"systemReserved": {"memory": "512Ki"}, "reservedMemory": of({"memory": "400.5Mi"})},
            ["400.5Mi of memory, which is read as no whole number of bytes"],
            id="half a one",
        ),
        pytest.param({"reservedMemory": of({"memory": "0.4194304G"})}, [], id="a part of a decimal one"),
        pytest.param({"evictionHard": None, "reservedMemory": of({"memory": "400Mi"})}, [], id="the default of eviction"),
        pytest.param({"evictionHard": {"nodefs.available": "1%"}, "reservedMemory": of({"memory": "300Mi"})}, [], id="no eviction"),
        pytest.param({"memoryManagerPolicy": "None", "reservedMemory": of({"memory": "200Mi"})}, [], id="another policy"),
    ],
)
def test_what_is_reserved_against_what_is_kept(nodes: tuple[NodeFacts, ...], config: dict[str, Any], expected: list[str]) -> None:
    assert stops(*nodes, **config) == expected
    assert planned(*nodes, **config).missing == ()


@pytest.mark.parametrize(
    ("asked", "stopping"),
    [
        pytest.param({"to": "1.21.14"}, False, id="before there was a memory manager by default"),
        pytest.param({"to": "1.22.17"}, True, id="from then on"),
        pytest.param({"told": False}, False, id="what was not said anew runs already"),
        pytest.param({"flags": (FLAG,)}, False, id="a flag beats it"),
    ],
)
def test_when_it_is_asked(asked: dict[str, Any], stopping: bool) -> None:
    assert bool(stops(node(), reservedMemory=of({"memory": "200Mi"}), **asked)) is stopping


def test_not_of_windows_nodes() -> None:
    assert stops(node(os="windows"), reservedMemory=of({"memory": "200Mi"})) == []


def test_a_share_hangs_on_the_capacity() -> None:
    share: dict[str, Any] = {"evictionHard": {"memory.available": "10%"}, "reservedMemory": of({"memory": "1388314640"})}
    assert stops(node("10Gi"), **share) == []
    assert stops(node("16Gi"), **share) == ["1388314640 bytes of memory, and 2032559744 bytes is kept back"]
    unseen = planned(**share)
    assert unseen.troubles == ()
    assert [one.what for one in unseen.missing] == ["whether the new kubelet takes reservedMemory of the new configuration"]


@pytest.mark.parametrize(("start", "to", "stopping"), [("1.21.14", "1.22.17", True), ("1.22.17", "1.23.17", False)])
def test_what_runs_already_is_first_looked_at_where_there_was_no_memory_manager(start: str, to: str, *, stopping: bool) -> None:
    """1.21 has it behind a gate that is off, and its kubelet starts with any reservedMemory."""
    old = kubelet_config(json.dumps({"kind": "KubeletConfiguration", **KEPT, "reservedMemory": of({"memory": "200Mi"})}).encode())
    configs = Configs(old, old)
    found = with_reserved_memory(plan_steps((node(),), start, to, CATALOG, configs=configs), configs, (), (node(),))
    assert bool(found.troubles) is stopping


@pytest.mark.parametrize("policy", ["Static", "None"])
def test_what_flags_say_of_it_is_missing(policy: str) -> None:
    """They are not summed up, and saying nothing was an all-clear."""
    found = planned(node(), flags=(FLAG,), memoryManagerPolicy=policy, reservedMemory=of({"memory": "200Mi"}))
    assert bool(found.missing) is (policy == "Static")
