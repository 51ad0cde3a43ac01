"""Feature gates as the user or a configuration sets them, and kubelets that would not start with them."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG, kubelet
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.errors import UsageError
from upgradecheck.planning.asking.feature_gates import NO_FEATURE_GATES, FeatureGates, parse_feature_gates
from upgradecheck.planning.asking.steps import plan_steps

RESIZE, SIDECARS = "InPlacePodVerticalScaling", "SidecarContainers"


def test_texts() -> None:
    found = parse_feature_gates([f"{RESIZE}=true", f"from:{SIDECARS}=False", "to:AppArmor=TRUE"])
    assert found == FeatureGates({RESIZE: True}, {SIDECARS: False}, {"AppArmor": True})


@pytest.mark.parametrize("text", ["", RESIZE, f"{RESIZE}=", f"{RESIZE}=maybe", f"new:{RESIZE}=true", "=true", "a b=true"])
def test_a_text_that_is_no_gate(text: str) -> None:
    with pytest.raises(UsageError, match="--feature-gate"):
        parse_feature_gates([text])


def test_texts_of_api_servers() -> None:
    found = parse_feature_gates([f"api:{RESIZE}=true", "api-from:A=true", "api-to:A=false"])
    assert found == FeatureGates(server={RESIZE: True}, server_start={"A": True}, server_target={"A": False})


def ends(
    gates: FeatureGates = NO_FEATURE_GATES, configs: Configs | None = None, start: str = "1.28.15", target: str = "1.32.13"
) -> tuple[bool, bool]:
    steps = plan_steps((), start, target, CATALOG, gates, configs or Configs(KubeletConfig(), KubeletConfig()))
    step = steps.default.step
    assert step is not None
    assert step.start is not None
    return step.start.builds[-1].feature_gate(RESIZE), step.target.builds[-1].feature_gate(RESIZE)


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        pytest.param(FeatureGates(), (False, False), id="off by default in both"),
        pytest.param(FeatureGates(both={RESIZE: True}), (True, True), id="set for both"),
        pytest.param(FeatureGates(start={RESIZE: True}), (True, False), id="for the running one"),
        pytest.param(FeatureGates(target={RESIZE: True}), (False, True), id="for the new one"),
        pytest.param(FeatureGates(both={RESIZE: True}, target={RESIZE: False}), (True, False), id="the narrower one wins"),
    ],
)
def test_gates_of_both_ends(gates: FeatureGates, expected: tuple[bool, bool]) -> None:
    assert ends(gates) == expected


def test_a_configuration_sets_gates_and_the_command_line_wins() -> None:
    config = KubeletConfig(feature_gates={RESIZE: True})
    assert ends(configs=Configs(config, config)) == (True, True)
    assert ends(FeatureGates(target={RESIZE: False}), Configs(config, config)) == (True, False)


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        pytest.param(FeatureGates(both={"Unheard": True}), "no gate of kubelet 1.32, 1.28", id="of neither version"),
        pytest.param(FeatureGates(target={"CPUManager": False}), "locked to true", id="locked"),
        pytest.param(FeatureGates(start={"PodLevelResources": True}), "1.28 has no such gate", id="too new for this end"),
    ],
)
def test_kubelets_that_do_not_start(gates: FeatureGates, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ends(gates)


def test_a_gate_that_came_with_a_patch_is_none_of_earlier_ones() -> None:
    wanted = FeatureGates(target={"OrderedNamespaceDeletion": True})
    with pytest.raises(UsageError, match=r"kubelet 1\.32\.2 has no such gate yet \(it came with 1\.32\.3\)"):
        ends(wanted, target="1.32.2")
    ends(wanted, target="1.32.3")
    both = FeatureGates(both=dict(wanted.target))
    with pytest.raises(UsageError, match="no gate of kubelet"):
        ends(both, start="1.31.6", target="1.32.2")
    ends(both, start="1.31.7", target="1.32.2")


@pytest.mark.parametrize("gates", [{"StatefulSetSemanticRevisionComparison": False}, {"AllBeta": False}])
def test_a_gate_that_comes_later_is_as_by_default_whatever_is_set(gates: dict[str, bool]) -> None:
    config = KubeletConfig(feature_gates=gates)
    found = []
    for target in ("1.34.1", "1.34.2"):
        step = plan_steps((), "1.33.5", target, CATALOG, configs=Configs(KubeletConfig(), config)).default.step
        assert step is not None
        found.append(step.target.builds[-1].feature_gate("StatefulSetSemanticRevisionComparison"))
    assert found == [True, False]


def test_a_gate_that_only_one_of_them_has_may_be_set_for_both() -> None:
    ends(FeatureGates(both={"PodLevelResources": True}))


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        pytest.param({"AllAlpha": True}, (True, True), id="all alpha gates are on: 1.28 and 1.32 have it as one"),
        pytest.param({"AllAlpha": True, RESIZE: False}, (False, False), id="but for those that are set themselves"),
        pytest.param({"AllBeta": True}, (False, False), id="beta gates are others"),
        pytest.param({"WatchList": True}, (False, False), id="one of a library's is known, and changes nothing here"),
    ],
)
def test_gates_that_switch_others_and_those_of_libraries(gates: dict[str, bool], expected: tuple[bool, bool]) -> None:
    assert ends(FeatureGates(both=gates)) == expected
    assert ends(configs=Configs(KubeletConfig(feature_gates=gates), KubeletConfig(feature_gates=gates))) == expected


def test_beta_gates_are_switched_together() -> None:
    assert ends(FeatureGates(both={"AllBeta": False}), target="1.34.1") == (False, False)
    assert ends(target="1.34.1") == (False, True)


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        pytest.param(KubeletConfig(), KubeletConfig(), False, id="the same"),
        pytest.param(KubeletConfig(cgroups_per_qos=False), KubeletConfig(), True, id="pods get cgroups now"),
        pytest.param(KubeletConfig(), KubeletConfig(cgroups_per_qos=False), False, id="pods get none any more"),
        pytest.param(KubeletConfig(), KubeletConfig(cgroup_root="/kube"), True, id="another root"),
        pytest.param(KubeletConfig(), KubeletConfig(cgroup_driver="systemd"), True, id="another driver"),
    ],
)
def test_whether_cgroups_move(old: KubeletConfig, new: KubeletConfig, moves: bool) -> None:
    step = plan_steps((), "1.28.15", "1.32.13", CATALOG, configs=Configs(old, new)).default.step
    assert step is not None
    assert step.cgroups_move is moves
    assert kubelet("1.28.15").builds == step.start.builds if step.start else False
