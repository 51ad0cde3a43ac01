"""State files that nobody showed: which of them the running kubelet has written so that the new one stops at them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.statefiles import cpus
from upgradecheck.decisions.statefiles.judging import BY_IDS
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import StateFile, StateName, StateWeight
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import Steps, plan_steps

STOPS, OPEN = StateWeight.STOPS, StateWeight.OPEN
RESIZES, CLAIMS, WHOLE_PODS = "InPlacePodVerticalScaling", "DynamicResourceAllocation", "PodLevelResourceManagers"
FORM = "the running kubelet has written it, in a form that the new one does not read"


def of_gates(*on: str) -> KubeletConfig:
    return KubeletConfig(feature_gates=dict.fromkeys(on, True))


def told(*on: str) -> Configs:
    """A configuration that stays as it is."""
    return Configs(of_gates(*on), of_gates(*on), old_told=True)


def planned(
    start: str | None,
    to: str,
    configs: Configs = SAME_CONFIG,
    files: tuple[StateFile, ...] = (),
    nodes: tuple[str, ...] = ("node-1",),
    own: Mapping[str, Configs] | None = None,
    words: tuple[str, ...] = (),
) -> Steps:
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in nodes]
    arguments = (KubeletArguments(words, "kubelet.service"),) if words else ()
    return with_state_files(plan_steps(facts, start, to, CATALOG, configs=configs, own=own or {}), files, Shown(configs, arguments))


def found(steps: Steps) -> list[tuple[str, StateWeight]]:
    return [(one.name.value, one.weight) for one in steps.state_troubles]


@pytest.mark.parametrize(
    ("start", "to", "configs", "expected"),
    [
        pytest.param("1.17.17", "1.18.20", SAME_CONFIG, [], id="CPUs by ID are read by 1.18, where policy none has given none"),
        pytest.param("1.18.20", "1.17.17", SAME_CONFIG, [("cpu_manager_state", STOPS)], id="and not the other way round"),
        pytest.param("1.17.17", "1.36.4", SAME_CONFIG, [], id="nor up to 1.36"),
        pytest.param("1.17.17", "1.37.1", SAME_CONFIG, [("cpu_manager_state", STOPS)], id="which 1.37 reads no longer"),
        pytest.param("1.18.20", "1.37.1", SAME_CONFIG, [], id="those by pod it does"),
        pytest.param("1.37.1", "1.36.4", SAME_CONFIG, [], id="1.37 writes what 1.36 reads"),
        pytest.param("1.37.1", "1.35.8", SAME_CONFIG, [], id="and 1.35"),
        pytest.param("1.10.13", "1.12.10", SAME_CONFIG, [], id="without a checksum"),
        pytest.param("1.12.10", "1.11.10", SAME_CONFIG, [], id="and back"),
        pytest.param("1.31.14", "1.32.13", SAME_CONFIG, [], id="pod statuses: not with the gate as it is by default"),
        pytest.param("1.30.14", "1.31.14", told(RESIZES), [("pod_status_manager_state", OPEN)],
                     id="with it on: 1.31 reads the form that 1.30 wrote"),
        pytest.param("1.31.14", "1.32.13", told(RESIZES), [("pod_status_manager_state", STOPS)], id="1.32 does not"),
        pytest.param("1.27.16", "1.32.13", told(RESIZES), [("pod_status_manager_state", STOPS)], id="nor what 1.27 wrote"),
        pytest.param("1.32.13", "1.33.13", told(RESIZES), [], id="1.33 looks for other files"),
        pytest.param("1.31.14", "1.33.13", told(RESIZES), [], id="whoever wrote"),
        pytest.param("1.32.13", "1.31.14", told(RESIZES), [("pod_status_manager_state", STOPS)], id="1.31 does not read 1.32's"),
        pytest.param("1.26.15", "1.32.13", told(RESIZES), [], id="1.26 wrote none"),
        pytest.param("1.31.14", "1.32.13", Configs(KubeletConfig(), of_gates(RESIZES), old_told=True, new_told=True), [], id="on from now on"),
        pytest.param("1.31.14", "1.32.13", Configs(of_gates(RESIZES), KubeletConfig(), old_told=True, new_told=True), [], id="off from now on"),
        pytest.param("1.31.14", "1.32.13", Configs(KubeletConfig(), of_gates(RESIZES), new_told=True), [("pod_status_manager_state", OPEN)],
                     id="on, and nobody knows whether it was"),
        pytest.param("1.29.15", "1.30.14", told(CLAIMS), [("dra_manager_state", OPEN)], id="claims: 1.30 reads the form that 1.29 wrote"),
        pytest.param("1.30.14", "1.31.14", told(CLAIMS), [("dra_manager_state", STOPS)], id="1.31 does not"),
        pytest.param("1.30.14", "1.34.10", SAME_CONFIG, [], id="nor 1.34, but by default 1.30 wrote none"),
        pytest.param("1.30.14", "1.34.10", told(CLAIMS), [("dra_manager_state", STOPS)], id="with the gate on it did"),
        pytest.param("1.36.4", "1.35.8", told(WHOLE_PODS), [("cpu_manager_state", STOPS), ("memory_manager_state", STOPS)],
                     id="entries of whole pods go back to none"),
        pytest.param("1.36.4", "1.37.1", told(WHOLE_PODS), [], id="and on to 1.37"),
        pytest.param(None, "1.37.1", SAME_CONFIG, [], id="nobody knows what runs"),
    ],
)  # fmt: skip
def test_which_of_them_stop_the_new_kubelet(start: str | None, to: str, configs: Configs, expected: list[tuple[str, StateWeight]]) -> None:
    steps = planned(start, to, configs)
    assert found(steps) == expected
    step = steps.of("node-1").step
    assert step is not None
    assert (step.obstacle is Reason.KUBELET_WILL_NOT_START) is any(weight is STOPS for _, weight in expected)
    assert sum(one.what.startswith("/var/lib/kubelet") for one in steps.missing) == sum(weight is OPEN for _, weight in expected)


def test_what_is_said_of_it() -> None:
    """deckhouse 17403."""
    (trouble,) = planned("1.31.14", "1.32.13", told(RESIZES)).state_troubles
    assert (trouble.place, trouble.what, trouble.node) == ("/var/lib/kubelet/pod_status_manager_state", FORM, "node-1")


@pytest.mark.parametrize("node", ["node-1", None])
def test_a_directory_that_was_shown_says_what_is_there(node: str | None) -> None:
    gone = StateFile(StateName.STATUSES, "kubelet/pod_status_manager_state", absent=True, node=node)
    assert found(planned("1.31.14", "1.32.13", told(RESIZES), (gone,))) == []


@pytest.mark.parametrize(
    "file",
    [
        StateFile(StateName.STATUSES, "kubelet/pod_status_manager_state", size=74, node="node-1"),
        StateFile(StateName.STATUSES, "kubelet/pod_status_manager_state", problem="cannot be read (Permission denied)", node="node-1"),
    ],
    ids=["listed alone", "not to be read"],
)
def test_one_of_which_nobody_knows_what_it_holds_is_what_the_kubelet_wrote(file: StateFile) -> None:
    assert found(planned("1.31.14", "1.32.13", told(RESIZES), (file,))) == [("pod_status_manager_state", STOPS)]


STATIC = Configs(KubeletConfig(cpu_manager="static"), KubeletConfig(cpu_manager="static"), old_told=True)


@pytest.mark.parametrize(
    ("start", "to", "configs", "words", "expected"),
    [
        pytest.param("1.17.17", "1.18.20", STATIC, (), [BY_IDS], id="1.18 looks for each container"),
        pytest.param("1.17.17", "1.36.4", STATIC, (), [BY_IDS], id="as 1.36 does"),
        pytest.param("1.17.17", "1.18.20", SAME_CONFIG, ("--cpu-manager-policy=static",), [BY_IDS], id="a flag sets the policy"),
        pytest.param("1.16.15", "1.17.17", STATIC, (), [], id="1.17 does not"),
        pytest.param("1.18.20", "1.19.16", STATIC, (), [], id="by pod"),
    ],
)
def test_cpus_by_containers_that_may_be_gone(start: str, to: str, configs: Configs, words: tuple[str, ...], expected: list[str]) -> None:
    steps = planned(start, to, configs, words=words)
    assert [one.what for one in steps.state_troubles if one.weight is OPEN] == expected
    assert [one.reason for one in steps.missing] == expected


def test_each_node_by_its_own_configuration() -> None:
    """As bundles tell it: one node of two has the gate."""
    both = ("node-1", "node-2")
    steps = planned("1.31.14", "1.32.13", nodes=both, own={"node-2": told(RESIZES)})
    assert [(one.name, one.node) for one in steps.state_troubles] == [(StateName.STATUSES, "node-2")]
    assert [name for name, one in steps.by_node.items() if one.step and one.step.obstacle is not None] == ["node-2"]


def test_a_file_is_judged_by_its_own_nodes_configuration() -> None:
    empty = [StateFile(StateName.STATUSES, f"{node}.bundle", b"", node=node) for node in ("node-1", "node-2")]
    steps = planned("1.32.10", "1.32.13", nodes=("node-1", "node-2"), own={"node-2": told(RESIZES)}, files=tuple(empty))
    assert [(one.weight, one.node) for one in steps.state_troubles] == [(OPEN, "node-1"), (STOPS, "node-2")]


def test_all_nodes_alike_are_told_at_once() -> None:
    steps = planned("1.31.14", "1.32.13", told(RESIZES), nodes=("node-1", "node-2"))
    assert [(one.name, one.node) for one in steps.state_troubles] == [(StateName.STATUSES, None)]
    assert steps.default.step is not None
    assert {one.step.obstacle for one in (*steps.by_node.values(), steps.default) if one.step} == {Reason.KUBELET_WILL_NOT_START}


def static(name: str = "cpu_manager", **settings: object) -> KubeletConfig:
    return replace(KubeletConfig(), **{name: "static" if name == "cpu_manager" else "Static"}, **settings)


STRICTLY = {"strict-cpu-reservation": "true"}
ONE = static(reserved_cpus="0")
BY_NUMBER = static(kube_reserved={"cpu": "500m"}, system_reserved={"cpu": "1500m"})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(ONE, ONE, [], id="nothing changes"),
        pytest.param(static(reserved_cpus="0-1"), static(reserved_cpus="0,1"), [], id="nor if it is written otherwise"),
        pytest.param(ONE, static(reserved_cpus="0-1"), [OPEN], id="one more, which a container may have"),
        pytest.param(static(reserved_cpus="0-1"), ONE, [], id="one less"),
        pytest.param(ONE, static(reserved_cpus="0", cpu_manager_options=STRICTLY), [STOPS], id="strictly from now on"),
        pytest.param(static(reserved_cpus="0", cpu_manager_options=STRICTLY), ONE, [STOPS], id="no longer strictly"),
        pytest.param(static(reserved_cpus="0-1", cpu_manager_options=STRICTLY), static(reserved_cpus="0", cpu_manager_options=STRICTLY),
                     [STOPS], id="one less, strictly"),
        pytest.param(BY_NUMBER, static(kube_reserved={"cpu": "2"}), [], id="as many as before"),
        pytest.param(BY_NUMBER, static(kube_reserved={"cpu": "2001m"}), [OPEN], id="a part of one more is one more"),
        pytest.param(BY_NUMBER, static(reserved_cpus="0-1"), [OPEN], id="which they were is not known"),
        pytest.param(replace(ONE, cpu_manager="none"), static(reserved_cpus="0-1"), [STOPS], id="another policy is said alone"),
        pytest.param(replace(ONE, cpu_manager="none"), KubeletConfig(reserved_cpus="0-1"), [], id="policy none keeps none"),
    ],
)  # fmt: skip
def test_cpus_that_a_new_configuration_reserves(old: KubeletConfig, new: KubeletConfig, expected: list[StateWeight]) -> None:
    steps = planned("1.34.10", "1.35.8", Configs(old, new, old_told=True, new_told=True))
    assert [one.weight for one in steps.state_troubles if one.name is StateName.CPUS] == expected


def memory_of(text: str | None) -> KubeletConfig:
    kept = {} if text is None else {"reservedMemory": text}
    return static("memory_manager", values=kept, given=tuple(kept))


@pytest.mark.parametrize(
    ("old", "new", "words", "expected"),
    [
        pytest.param("0:memory=600Mi", "0:memory=0.5859375Gi", (), [], id="as much"),
        pytest.param("0:memory=600Mi", "0:memory=700Mi", (), [STOPS], id="more"),
        pytest.param("0:memory=600Mi", "1:memory=600Mi", (), [STOPS], id="of another NUMA node"),
        pytest.param("0:memory=600Mi", "0:memory=600Mi;0:hugepages-2Mi=2Mi", (), [STOPS], id="of huge pages, too"),
        pytest.param("0:memory=600Mi", None, (), [STOPS], id="none any more"),
        pytest.param("0:memory=600Mi", "0:memory=700Mi", ("--reserved-memory=0:memory=1Gi",), [], id="a flag beats both"),
    ],
)
def test_memory_that_a_new_configuration_reserves(old: str, new: str | None, words: tuple[str, ...], expected: list[StateWeight]) -> None:
    configs = Configs(memory_of(old), memory_of(new), old_told=True, new_told=True)
    steps = planned("1.34.10", "1.35.8", configs, words=words)
    assert [one.weight for one in steps.state_troubles if one.name is StateName.MEMORY] == expected


def test_settings_that_move_count_for_a_file_that_was_shown() -> None:
    strict = static(reserved_cpus="0", cpu_manager_options=STRICTLY)
    file = StateFile(StateName.CPUS, "kubelet/cpu_manager_state", cpus("static", "1-3"), node="node-1")
    alone = static(reserved_cpus="0-1", cpu_manager_options=STRICTLY)
    steps = planned("1.34.10", "1.35.8", Configs(alone, strict, old_told=True, new_told=True), (file,))
    assert [(one.place, one.weight) for one in steps.state_troubles] == [("kubelet/cpu_manager_state", STOPS)]
