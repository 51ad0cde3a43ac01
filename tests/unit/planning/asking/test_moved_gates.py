"""Which gates moved between the kubelets of a step."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.gates import GateEffects
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.planning.asking.feature_gates import FeatureGates
from upgradecheck.planning.asking.moved_gates import with_moved_gates
from upgradecheck.planning.asking.steps import plan_steps

UNREAD = "Gates whose default the new kubelet moves, and of which it was not read what that does to pods (UC020)"
SELINUX = "SELinuxChangePolicy"


@pytest.mark.parametrize(
    ("start", "to", "gates", "expected"),
    [
        pytest.param(
            "1.32.13", "1.33.13", {}, [SELINUX + "+1.33", "SupplementalGroupsPolicy+1.33", "UserNamespacesSupport+1.33"], id="on by default"
        ),
        pytest.param(
            "1.33.13", "1.32.13", {}, [SELINUX + "-1.33", "SupplementalGroupsPolicy-1.33", "UserNamespacesSupport-1.33"], id="and back"
        ),
        pytest.param("1.31.14", "1.32.13", {}, [], id="no step of one"),
        pytest.param(
            "1.32.13",
            "1.33.13",
            {"UserNamespacesSupport": False},
            [SELINUX + "+1.33", "SupplementalGroupsPolicy+1.33"],
            id="set to stay off",
        ),
        pytest.param("1.24.17", "1.25.16", {}, ["CSIMigrationvSphere+1.25"], id="gone since"),
        pytest.param(
            "1.28.15",
            "1.30.14",
            {},
            ["AppArmorFields+1.30", "PodHostIPs+1.29", "PodLifecycleSleepAction+1.30", "SidecarContainers+1.29"],
            id="two minors",
        ),
        pytest.param("1.19.16", "1.20.15", {}, ["ConfigurableFSGroupPolicy+1.20", "ExecProbeTimeout+1.20"], id="new"),
    ],
)
def test_gates_that_moved(start: str, to: str, gates: dict[str, bool], expected: list[str]) -> None:
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    steps = with_moved_gates(plan_steps(facts, None, to, CATALOG, FeatureGates(gates)), CATALOG.gate_effects())
    step = steps.by_node["worker-1"].step
    assert step is not None
    assert [f"{one.gate.name}{'+' if one.on else '-'}{one.since}" for one in step.gates] == expected


def test_one_that_somebody_sets_moved_for_no_minor() -> None:
    steps = plan_steps((), "1.31.14", "1.32.13", CATALOG, FeatureGates(target={"UserNamespacesSupport": True}))
    step = with_moved_gates(steps, CATALOG.gate_effects()).default.step
    assert step is not None
    assert [(one.gate.name, one.on, one.since) for one in step.gates] == [("UserNamespacesSupport", True, None)]


@pytest.mark.parametrize(
    ("start", "to", "read", "expected"),
    [
        pytest.param("1.32.13", "1.33.13", True, (), id="all gates of hashdata were read"),
        pytest.param("1.33.13", "1.32.13", True, (), id="and of a way back, where some had left"),
        pytest.param(
            "1.31.14",
            "1.30.14",
            False,
            (f"{UNREAD}: CSIMigrationPortworx, HonorPVReclaimPolicy, JobSuccessPolicy and 9 more.",),
            id="of none",
        ),
    ],
)
def test_gates_that_nobody_has_read_are_told(start: str, to: str, read: bool, expected: tuple[str, ...]) -> None:
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    steps = with_moved_gates(plan_steps(facts, None, to, CATALOG), CATALOG.gate_effects() if read else GateEffects())
    assert steps.notices == expected


@pytest.mark.parametrize(
    ("start", "to", "gates", "expected"),
    [
        pytest.param("1.31.14", "1.32.13", FeatureGates({"AllAlpha": True}), ["AllAlpha"], id="new alpha gates come on, too"),
        pytest.param("1.31.14", "1.32.13", FeatureGates(target={"AllAlpha": True}), ["AllAlpha"], id="for the new one alone"),
        pytest.param("1.31.14", "1.32.13", FeatureGates(start={"AllAlpha": True}), ["AllAlpha"], id="and no longer"),
        pytest.param("1.31.14", "1.32.13", FeatureGates({"AllAlpha": False}), [], id="as it is by default"),
        pytest.param(
            "1.34.10", "1.35.8", FeatureGates(target={"AllBeta": False}), [], id="beta gates off, which somebody read as they came on"
        ),
        pytest.param("1.34.10", "1.35.8", FeatureGates(target={"AllBeta": True}), ["AllBeta"], id="and those on that are off by default"),
        pytest.param("1.32.13", "1.32.13", FeatureGates({"AllAlpha": True}), [], id="the same gates as before"),
        pytest.param("1.31.14", "1.32.13", FeatureGates(target={"CSIVolumeHealth": True}), ["CSIVolumeHealth"], id="one by its name"),
        pytest.param("1.31.14", "1.32.13", FeatureGates({"CSIVolumeHealth": True}), [], id="one that the running kubelet has on, too"),
        pytest.param("1.31.14", "1.32.13", FeatureGates(target={"CSIVolumeHealth": False}), [], id="one as it is by default"),
        pytest.param("1.31.14", "1.32.13", FeatureGates(target={"HPAScaleToZero": True}), [], id="one that somebody read"),
    ],
)
def test_gates_that_are_set_and_that_nobody_has_read_are_unknown(start: str, to: str, gates: FeatureGates, expected: list[str]) -> None:
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    steps = with_moved_gates(plan_steps(facts, None, to, CATALOG, gates), CATALOG.gate_effects())
    assert [one.what for one in steps.missing] == [f"what {name} does under kubelet {to}" for name in expected]
    assert all("nobody has read" in one.reason for one in steps.missing)
