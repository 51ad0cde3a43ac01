"""Whose state files are, which policy counts, and which nodes they stop."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from tests.statefiles import cpus, resources, statuses
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import StateFile, StateName, StateWeight
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import Steps, plan_steps

BOTH = ("worker-1", "worker-2")
STATIC = cpus()
UNTOLD = Shown(SAME_CONFIG)
NONE_TOLD = KubeletConfig(told_policies=("cpu_manager_state",))
STATIC_TOLD = KubeletConfig(cpu_manager="static", told_policies=("cpu_manager_state",))


def planned(*files: StateFile, shown: Shown = UNTOLD, nodes: tuple[str, ...] = BOTH, to: str = "1.34.10") -> Steps:
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in nodes]
    return with_state_files(plan_steps(facts, "1.33.13", to, CATALOG, configs=shown.configs), files, shown)


def stopped(steps: Steps) -> list[str]:
    by_name = {**steps.by_node, "": steps.default}
    return [name for name, one in by_name.items() if one.step is not None and one.step.obstacle is Reason.KUBELET_WILL_NOT_START]


def given(place: str = "worker-1/cpu_manager_state", content: bytes = b"", node: str | None = None) -> StateFile:
    return StateFile(StateName.CPUS, place, content, node=node)


@pytest.mark.parametrize(
    ("files", "nodes", "expected"),
    [
        pytest.param([given()], BOTH, ["worker-1"], id="the node of its directory"),
        pytest.param([given("worker-2-cpu_manager_state")], BOTH, ["worker-2"], id="the node of its name"),
        pytest.param([given("cpu_manager_state", node="worker-2")], BOTH, ["worker-2"], id="the node that was asked"),
        pytest.param([given("cpu_manager_state")], ("worker-1",), ["worker-1"], id="the only node"),
        pytest.param([given("cpu_manager_state")], (), [""], id="no node is known"),
        pytest.param([given("cpu_manager_state")], BOTH, [], id="one of several"),
        pytest.param([given(content=cpus("none"))], BOTH, [], id="nothing is wrong"),
    ],
)
def test_whose_files_are(files: list[StateFile], nodes: tuple[str, ...], expected: list[str]) -> None:
    assert stopped(planned(*files, nodes=nodes)) == expected


def test_a_file_of_nobody_is_told() -> None:
    told = planned(given("cpu_manager_state"))
    assert [one.what for one in told.missing if "cannot be told from its name" in one.reason] == ["cpu_manager_state"]
    assert told.state_troubles == ()


@pytest.mark.parametrize(
    ("configs", "words", "expected"),
    [
        pytest.param(SAME_CONFIG, (), [], id="nobody told a configuration"),
        pytest.param(Configs(NONE_TOLD, NONE_TOLD, old_told=True), (), ["worker-1"], id="it was edited since the kubelet started"),
        pytest.param(Configs(KubeletConfig(), KubeletConfig(), old_told=True), (), [], id="it says nothing, and a flag may"),
        pytest.param(Configs(KubeletConfig(), KubeletConfig(), old_told=True), ("--v=2",), ["worker-1"], id="no flag does"),
        pytest.param(Configs(KubeletConfig(), KubeletConfig(), old_told=True), ("--cpu-manager-policy=static",), [], id="a flag does"),
        pytest.param(Configs(STATIC_TOLD, STATIC_TOLD, old_told=True), (), [], id="as it was written"),
        pytest.param(SAME_CONFIG, ("--cpu-manager-policy", "none"), ["worker-1"], id="a flag alone"),
    ],
)
def test_policies(configs: Configs, words: tuple[str, ...], expected: list[str]) -> None:
    arguments = (KubeletArguments(words, "worker-1/kubeadm-flags.env"),) if words else ()
    assert stopped(planned(given(content=STATIC), shown=Shown(configs, arguments))) == expected


CHANGED = Configs(STATIC_TOLD, NONE_TOLD, old_told=True, new_told=True)


@pytest.mark.parametrize(
    ("files", "to", "expected"),
    [
        pytest.param([], "1.34.10", ["worker-1", ""], id="the running kubelet has written it"),
        pytest.param([StateFile(StateName.CPUS, "d/cpu_manager_state", absent=True)], "1.34.10", [], id="it was removed"),
        pytest.param([given(content=cpus("none"))], "1.34.10", [], id="it is of the new policy already"),
    ],
)
def test_another_policy_without_a_file(files: list[StateFile], to: str, expected: list[str]) -> None:
    """worker-1 alone: a configuration is of one node."""
    assert stopped(planned(*files, shown=Shown(CHANGED), nodes=("worker-1",), to=to))[:1] == expected[:1]


def test_a_file_that_cannot_be_read_is_told_where_it_matters() -> None:
    unread = [StateFile(name, f"worker-1/{name.value}", problem="cannot be read (it is a device, no file)") for name in StateName]
    told = planned(*unread)
    assert not [one for one in told.notices if "cannot be read" in one]
    assert [one.what for one in told.missing if "cannot be read" in one.reason] == [
        "worker-1/cpu_manager_state",
        "worker-1/memory_manager_state",
        "worker-1/kubelet_internal_checkpoint",
        "worker-1/dra_manager_state",
        "worker-1/allocated_pods_state",
        "worker-1/actuated_pods_state",
    ]


def test_one_that_nobody_gave_takes_nothing_from_the_plan() -> None:
    unread = StateFile(StateName.CPUS, "/var/lib/kubelet/cpu_manager_state", problem="cannot be read (Permission denied)")
    told = with_state_files(planned(nodes=("worker-1",)), (), Shown(SAME_CONFIG), (unread,))
    assert (told.missing, told.notices[-1]) == (
        (),
        "/var/lib/kubelet/cpu_manager_state: cannot be read (Permission denied), so whether the new kubelet takes it is not known.",
    )


def test_gates_of_the_new_configuration_count() -> None:
    damaged = StateFile(StateName.ALLOCATED, "worker-1/allocated_pods_state", resources()[:-3])
    off = KubeletConfig(feature_gates={"InPlacePodVerticalScaling": False})
    assert stopped(planned(damaged)) == ["worker-1"]
    assert stopped(planned(damaged, shown=Shown(Configs(off, off, old_told=True)))) == []


OLD_FORM = statuses({"cpu": "100m"})
WHILE_ON = "the new kubelet stops at it if gate InPlacePodVerticalScaling is on, as it was when the file was written"


@pytest.mark.parametrize(
    ("content", "to", "configs", "expected"),
    [
        pytest.param(OLD_FORM, "1.32.13", SAME_CONFIG, [StateWeight.OPEN], id="nobody told whether its gate is on"),
        pytest.param(resources(), "1.32.13", SAME_CONFIG, [], id="on or off, it is taken"),
        pytest.param(OLD_FORM, "1.33.13", SAME_CONFIG, [], id="a kubelet that does not know the file"),
        pytest.param(OLD_FORM, "1.32.13", Configs(KubeletConfig(), KubeletConfig(), old_told=True), [], id="the gate is told to be off"),
    ],
)
def test_a_file_that_is_there_was_written_under_its_gate(content: bytes, to: str, configs: Configs, expected: list[StateWeight]) -> None:
    file = StateFile(StateName.STATUSES, "kubelet/pod_status_manager_state", content, node="worker-1")
    told = planned(file, shown=Shown(configs), nodes=("worker-1",), to=to)
    assert [one.weight for one in told.state_troubles] == expected
    assert all(one.what.endswith(WHILE_ON) for one in told.state_troubles)
    assert stopped(told) == []
    assert len(told.missing) == len(expected)
