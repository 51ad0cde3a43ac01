"""For how long a container is shown as what it is not, at the edges of what kubelets do; between them see tests/lab/test_recorded_probing.py."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.readiness import shown_ready_for, unready_for
from upgradecheck.model.exposure import Probe, Probed

THRICE, STARTS = Probed("app", Probe(5, 3)), Probed("app", None, Probe(20))
BOTH = Probed("app", Probe(5, 3), Probe(20))
GATE = "ChangeContainerStatusOnKubeletRestart"


@pytest.mark.parametrize(
    ("version", "thrice", "starts", "both", "shown"),
    [
        pytest.param("1.8.15", 15, 80, 35, None, id="at once, and started at the next sync"),
        pytest.param("1.20.15", 15, 80, 35, None, id="the last of these"),
        pytest.param("1.21.14", 15, 20, 35, None, id="at once"),
        pytest.param("1.22.10", 15, 20, 35, None, id="the last patch of 1.22 with that"),
        pytest.param("1.22.11", 10, 20, 35, 5, id="once it is asked, from this patch on"),
        pytest.param("1.23.7", 15, 20, 35, None, id="the last patch of 1.23 with that"),
        pytest.param("1.23.8", 10, 20, 35, 5, id="once it is asked, from this patch of 1.23 on"),
        pytest.param("1.24.1", 15, 20, 35, None, id="the last patch of 1.24 with that"),
        pytest.param("1.24.2", 10, 20, 35, 5, id="once it is asked, from this patch of 1.24 on"),
        pytest.param("1.34.11", 10, 20, 35, 5, id="the last of these"),
        pytest.param("1.35.0", None, None, None, None, id="as its status says"),
        pytest.param("1.37.1", None, None, None, None, id="the newest"),
    ],
)
def test_a_pod_of_the_api(version: str, thrice: int | None, starts: int | None, both: int | None, shown: int | None) -> None:
    builds = kubelet(version).builds
    assert [unready_for(one, builds, static=False) for one in (THRICE, STARTS, BOTH)] == [thrice, starts, both]
    assert shown_ready_for(THRICE, builds, static=False) == shown


@pytest.mark.parametrize(
    ("version", "thrice", "starts"), [("1.20.15", 15, 80), ("1.22.17", 15, 20), ("1.34.1", 15, 20), ("1.35.4", 15, None)]
)
def test_a_static_pod(version: str, thrice: int, starts: int | None) -> None:
    builds = kubelet(version).builds
    assert [unready_for(one, builds, static=True) for one in (THRICE, STARTS)] == [thrice, starts]
    assert shown_ready_for(THRICE, builds, static=True) is None


def test_a_gate_brings_back_what_was_before_1_35() -> None:
    gated = [replace(build, feature_gates={GATE: True}) for build in kubelet("1.35.4").builds]
    assert unready_for(THRICE, gated, static=False) == 10
