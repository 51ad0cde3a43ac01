"""Whether a kubelet that starts compares a container that runs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.comparing import Comparable, Look, look_of, looks_at
from upgradecheck.model.schema import ContainerKind

APP = Comparable(ContainerKind.APP)
INIT_RUNS = replace(APP, init_done=False)
SIDECAR = Comparable(ContainerKind.SIDECAR)
PENDING = replace(SIDECAR, startup_probe=True)
PASSED = replace(PENDING, startup_passed=True)


@pytest.mark.parametrize(
    ("version", "one", "expected"),
    [
        pytest.param("1.8.15", APP, Look.YES, id="every kubelet compares app containers"),
        pytest.param("1.20.15", INIT_RUNS, Look.PERHAPS, id="up to 1.20 not before all init containers are done"),
        pytest.param("1.21.14", INIT_RUNS, Look.YES, id="from 1.21 on an app container that runs proves that they are"),
        pytest.param("1.37.1", Comparable(ContainerKind.INIT), Look.NO, id="no kubelet compares init containers"),
        pytest.param("1.37.1", Comparable(ContainerKind.EPHEMERAL), Look.NO, id="nor ephemeral ones"),
        pytest.param("1.31.14", SIDECAR, Look.NO, id="sidecars are compared from 1.32 on"),
        pytest.param("1.32.0", SIDECAR, Look.YES, id="and there are"),
        pytest.param("1.32.13", PENDING, Look.PERHAPS, id="1.32 waits for the startup probe"),
        pytest.param("1.33.13", PENDING, Look.PERHAPS, id="so does 1.33"),
        pytest.param("1.34.1", PENDING, Look.PERHAPS, id="and 1.34"),
        pytest.param("1.34.1", PASSED, Look.YES, id="and compares when it has passed"),
        pytest.param("1.35.0", PENDING, Look.NO, id="1.35.0 never gets a result of it"),
        pytest.param("1.35.3", PASSED, Look.NO, id="1.35.3 does not either, passed or not"),
        pytest.param("1.35.3", SIDECAR, Look.YES, id="without a startup probe there is nothing to wait for"),
        pytest.param("1.35.4", PENDING, Look.YES, id="1.35.4 takes what runs for started"),
        pytest.param("1.36.0", PENDING, Look.YES, id="1.36 too"),
        pytest.param("1.37.1", PENDING, Look.YES, id="and 1.37"),
    ],
)
def test_looks_at(version: str, one: Comparable, expected: Look) -> None:
    (build,) = kubelet(version).builds
    assert looks_at(build, one) is expected


@pytest.mark.parametrize("version", ["1.35.0", "1.35.4", "1.36.4"])
def test_a_gate_brings_the_waiting_back(version: str) -> None:
    (build,) = kubelet(version).builds
    gated = replace(build, feature_gates={"ChangeContainerStatusOnKubeletRestart": True})
    assert [looks_at(gated, one) for one in (PENDING, PASSED, SIDECAR)] == [Look.PERHAPS, Look.YES, Look.YES]


def test_a_version_that_can_be_several_compares_if_each_does() -> None:
    never, always = kubelet("1.35.3").builds, kubelet("1.35.4").builds
    assert look_of((*never, *always), PASSED) is Look.PERHAPS
    assert look_of((*never, *always), SIDECAR) is Look.YES
