"""New configurations that keep back more of a node than it has: which nodes' kubelets that stops."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.reserved import with_reserved
from upgradecheck.planning.asking.steps import plan_steps

HAS = {"cpu": "4", "memory": "16Gi", "ephemeral-storage": "100Gi"}


def node(name: str = "worker-1", os: str = "linux", capacity: dict[str, str] | None = HAS) -> NodeFacts:
    return NodeFacts(name, None, None, {}, Origin("nodes.json"), os=os, capacity=capacity)


def new(**fields: dict[str, str] | str) -> KubeletConfig:
    return KubeletConfig(sets_room=True, **fields)  # type: ignore[arg-type]


def stopped(
    config: KubeletConfig, *nodes: NodeFacts, flags: tuple[KubeletArguments, ...] = (), told: bool = True, to: str = "1.34.1"
) -> list[tuple[str, str | None]]:
    """The resources of which there is too little, with the nodes, each of which is not to start."""
    configs = Configs(KubeletConfig(), config, new_told=told)
    steps = with_reserved(plan_steps(nodes, "1.8.15", to, CATALOG, configs=configs), configs, flags, nodes)
    stops = {name for name, one in steps.by_node.items() if one.step and one.step.obstacle is Reason.KUBELET_WILL_NOT_START}
    assert stops == {one.node for one in steps.troubles}
    return [(one.name, one.node) for one in steps.troubles]


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (new(kube_reserved={"memory": "17Gi"}), ["memory"]),
        (new(kube_reserved={"memory": "10Gi"}, system_reserved={"memory": "6Gi"}), ["memory"]),
        (new(kube_reserved={"memory": "10Gi"}, system_reserved={"memory": "6Gi"}, eviction_hard={}), []),
        (new(eviction_hard={"memory.available": "100%"}), []),
        (new(eviction_hard={"memory.available": "17Gi"}), ["memory"]),
        (new(eviction_hard={"nodefs.available": "101Gi"}), ["ephemeral-storage"]),
        (new(kube_reserved={"ephemeral-storage": "95Gi"}), ["ephemeral-storage"]),
        (new(kube_reserved={"cpu": "3"}, system_reserved={"cpu": "1001m"}), ["cpu"]),
        (new(kube_reserved={"cpu": "3"}, system_reserved={"cpu": "1"}), []),
        (new(kube_reserved={"pid": "1000000000000"}), []),
        (new(kube_reserved={"cpu": "5", "memory": "17Gi"}), ["cpu", "memory"]),
    ],
)
@pytest.mark.parametrize("to", ["1.20.15", "1.34.1", "1.37.1"])
def test_what_is_kept_back_is_added_up_and_held_against_what_there_is(config: KubeletConfig, names: list[str], to: str) -> None:
    """Real 1.20.15 and 1.34.1 end at too much cpu, memory, nodefs.available and ephemeral-storage, and not at too many process IDs."""
    assert stopped(config, node(), to=to) == [(name, "worker-1") for name in names]


TOO_MUCH = new(kube_reserved={"memory": "17Gi"})


def test_each_node_by_what_it_has() -> None:
    large = node("large", capacity={**HAS, "memory": "64Gi"})
    assert stopped(TOO_MUCH, node(), large, node("windows", os="windows"), node("unseen", capacity=None)) == [("memory", "worker-1")]


def test_what_was_not_said_anew_runs_already_and_flags_beat_it() -> None:
    assert stopped(TOO_MUCH, node(), told=False) == []
    assert stopped(TOO_MUCH, node(), flags=(KubeletArguments(("--kube-reserved=cpu=1",), "kubeadm-flags.env"),)) == []
    assert stopped(TOO_MUCH, node(), node("b"), flags=(KubeletArguments(("--eviction-hard=",), "x", node="b"),)) == [("memory", "worker-1")]
    assert stopped(TOO_MUCH, node(), flags=(KubeletArguments(("--v=2",), "kubeadm-flags.env"),)) == [("memory", "worker-1")]
