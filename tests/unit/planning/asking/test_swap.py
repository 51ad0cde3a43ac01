"""Swap that is on, or may be, and new configurations that do not let it: which nodes' kubelets that stops."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.asking.swap import with_swap

WILL, MAY = Reason.KUBELET_WILL_NOT_START, Reason.KUBELET_MAY_NOT_START
OUTSIDE = "a node that nobody shows"


def config(fails: object = None) -> KubeletConfig:
    """One that sets failSwapOn, or leaves it alone."""
    values: Any = {} if fails is None else {"failSwapOn": fails}
    return KubeletConfig(given=tuple(values), values=values)


def node(name: str = "worker-1", swap: int | None = None, os: str = "linux") -> NodeFacts:
    return NodeFacts(name, None, None, {}, Origin("nodes.json"), os=os, swap=swap)


def stopped(
    old: KubeletConfig | None,
    new: KubeletConfig | None,
    *nodes: NodeFacts,
    flags: tuple[KubeletArguments, ...] = (),
    to: str = "1.34.1",
) -> tuple[dict[str, Reason | None], tuple[StartTrouble, ...]]:
    """What is in the way of each node, and what is told of it."""
    told = old or KubeletConfig()
    configs = Configs(told, new or told, old_told=old is not None, new_told=new is not None)
    steps = with_swap(plan_steps(nodes, "1.8.15", to, CATALOG, configs=configs), configs, flags, nodes)
    found = {name: one.step.obstacle for name, one in {**steps.by_node, OUTSIDE: steps.default}.items() if one.step is not None}
    return {name: why for name, why in found.items() if why is not None}, steps.troubles


SWAPPED = node(swap=1 << 31)


@pytest.mark.parametrize(
    ("old", "new", "shown", "expected"),
    [
        pytest.param(config(False), config(True), SWAPPED, WILL, id="let until now, and then no longer"),
        pytest.param(config(False), config(), SWAPPED, WILL, id="the new one leaves it to the default"),
        pytest.param(None, config(True), SWAPPED, WILL, id="nothing is known of the running one but that it has swap"),
        pytest.param(None, config(), SWAPPED, WILL, id="nor of the new one but its default"),
        pytest.param(config(False), config(True), node(), MAY, id="let until now, and nothing tells whether there is any"),
        pytest.param(config(False), config(), node(swap=0), MAY, id="none now, while it was let on purpose"),
        pytest.param(config(False), config(False), SWAPPED, None, id="let by both"),
        pytest.param(config(True), config(True), SWAPPED, None, id="let by neither, so by a flag that was not shown"),
        pytest.param(config(), config(True), SWAPPED, None, id="the default written out"),
        pytest.param(config(True), config(), SWAPPED, None, id="the default no longer written out"),
        pytest.param(config(False), None, SWAPPED, None, id="no other configuration"),
        pytest.param(config(), None, SWAPPED, None, id="nor another, where its own would not let it"),
        pytest.param(None, None, SWAPPED, None, id="no configuration at all"),
        pytest.param(None, config(True), node(), None, id="no swap is shown, and nobody let any be"),
        pytest.param(None, config(False), SWAPPED, None, id="the new one lets it"),
        pytest.param(config(False), config("no"), SWAPPED, None, id="what is no switch is refused for that"),
        pytest.param(config(False), config(True), node(swap=1, os="windows"), None, id="Windows does not ask"),
    ],
)
def test_configurations(old: KubeletConfig | None, new: KubeletConfig | None, shown: NodeFacts, expected: Reason | None) -> None:
    found, _ = stopped(old, new, shown)
    assert found == ({"worker-1": expected} if expected else {})


@pytest.mark.parametrize("to", [f"{CATALOG.minors()[0]}", "1.24.17", "1.31.14", f"{CATALOG.minors()[-1]}"])
def test_every_minor_stops_at_it(to: str) -> None:
    assert stopped(config(False), config(True), SWAPPED, to=to)[0] == {"worker-1": WILL}


@pytest.mark.parametrize("flag", ["--fail-swap-on=false", "--fail_swap_on", "--experimental-fail-swap-on=false", "--fail-swap-on=$X"])
def test_a_flag_says_it_of_both_kubelets(flag: str) -> None:
    assert stopped(config(False), config(True), SWAPPED, flags=(KubeletArguments((flag,), "kubeadm-flags.env"),)) == ({}, ())


def test_only_the_nodes_that_have_it() -> None:
    swapped, plain, flagged = node("a", 1), node("b"), node("c", 1)
    flags = (KubeletArguments(("--fail-swap-on=false",), "dump/c/kubeadm-flags.env"),)
    found, troubles = stopped(None, config(True), swapped, plain, flagged, flags=flags)
    assert found == {"a": WILL}
    assert troubles == (StartTrouble(TroubleKind.SWAP_ON, "failSwapOn", "the new configuration", node="a"),)


def test_pods_of_which_no_node_is_shown() -> None:
    assert stopped(config(False), config(True))[0] == {OUTSIDE: MAY}
    assert stopped(None, config(True))[0] == {}
