"""Feature gates that do not go together."""

from __future__ import annotations

import pytest

from tests.unit.planning.asking.test_refused import steps_of
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.feature_gates import FeatureGates

SHUTDOWN, SPACES = "GracefulNodeShutdown", "UserNamespacesSupport"


def test_what_is_told_of_one() -> None:
    (found,) = steps_of(KubeletConfig(feature_gates={SPACES: False}), start="1.34.1", to="1.35.4").troubles
    assert found == StartTrouble(TroubleKind.GATE_WANTS, SPACES, "the configuration", instead="ProcMountType is on", value=False)


@pytest.mark.parametrize(
    ("gates", "words", "to", "expected"),
    [
        pytest.param({SHUTDOWN: False}, (), "1.35.4", [SHUTDOWN], id="off, and what wants it is on by default"),
        pytest.param({SHUTDOWN: False}, (), "1.34.10", [], id="the minor before does not look"),
        pytest.param({SPACES: False, "ProcMountType": False}, (), "1.35.4", [], id="both are off"),
        pytest.param({SPACES: False}, ("--feature-gates=ProcMountType=false",), "1.35.4", [], id="the other by a flag"),
        pytest.param({}, (f"--feature_gates={SPACES}=false",), "1.35.4", [SPACES], id="by a flag"),
        pytest.param({"GangScheduling": True}, (), "1.35.4", ["GangScheduling"], id="on, and what it wants is off"),
        pytest.param({"AllAlpha": True}, (), "1.35.4", [], id="all of a stage go together"),
        pytest.param({"GenericWorkload": True}, (), "1.35.4", [], id="what wants nothing"),
        pytest.param({}, (), "1.35.4", [], id="none is set"),
    ],
)
def test_gates(gates: dict[str, bool], words: tuple[str, ...], to: str, expected: list[str]) -> None:
    found = steps_of(KubeletConfig(feature_gates=gates), *words, start="1.34.1" if to != "1.34.10" else "1.33.13", to=to)
    assert [one.name for one in found.troubles] == expected


def test_the_user_may_set_the_other() -> None:
    config, gates = KubeletConfig(feature_gates={SPACES: False}), FeatureGates(target={"ProcMountType": False})
    assert steps_of(config, start="1.34.1", to="1.35.4", gates=gates).troubles == ()


def test_one_at_which_the_running_kubelet_ends_is_not_what_it_runs_with() -> None:
    assert steps_of(KubeletConfig(feature_gates={SHUTDOWN: False}), start="1.35.4", to="1.36.4").troubles == ()
