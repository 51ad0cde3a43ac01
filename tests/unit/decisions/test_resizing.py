"""Which running containers a kubelet restarts for resources that nobody resized (computePodResizeAction)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.containers import Decision
from upgradecheck.decisions.resizing import IN_PLACE_RESIZE, NOT_RESIZABLE, Resizable, forgets_pod_resources, resize_action
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

RESTARTS = Resizable(restarts=True)
ASKED = Resizable(restarts=True, pending=True)
PENDING = Decision(Verdict.UNKNOWN, Reason.RESIZE_PENDING)
BY_POD = Resizable(by_pod=True)
UNSEEN = Resizable(unseen=True)
RESTART = Decision(Verdict.RESTART, Reason.RESIZE)
BASELINE = Decision(Verdict.UNKNOWN, Reason.RESIZE_BASELINE)
API, STATIC = False, True


def builds(version: str, *, gate: bool | None = None) -> tuple[KubeletBuild, ...]:
    found = kubelet(version).builds
    return found if gate is None else tuple(replace(build, feature_gates={IN_PLACE_RESIZE: gate}) for build in found)


@pytest.mark.parametrize(
    ("resizable", "static", "start", "target", "expected"),
    [
        pytest.param(RESTARTS, API, "1.31.0", "1.32.13", None, id="1.32 has no records yet"),
        pytest.param(RESTARTS, API, "1.31.0", "1.33.13", RESTART, id="1.33 takes what it has no record of for a resize (seen)"),
        pytest.param(RESTARTS, API, "1.31.0", "1.34.1", RESTART, id="so does 1.34 (seen)"),
        pytest.param(RESTARTS, API, "1.31.0", "1.36.4", RESTART, id="so does 1.36 (seen)"),
        pytest.param(RESTARTS, API, "1.31.0", "1.37.1", None, id="1.37 makes the records up first (seen)"),
        pytest.param(RESTARTS, STATIC, "1.31.0", "1.34.1", None, id="static pods are not resized up to 1.35 (seen)"),
        pytest.param(RESTARTS, STATIC, "1.31.0", "1.36.4", RESTART, id="from 1.36 on they are (seen)"),
        pytest.param(ASKED, API, "1.36.4", "1.37.1", PENDING, id="a resize that was asked for and not carried out"),
        pytest.param(ASKED, API, "1.33.13", "1.34.10", PENDING, id="by 1.34 too"),
        pytest.param(ASKED, API, "1.31.14", "1.32.13", None, id="1.32 has the gate off"),
        pytest.param(ASKED, STATIC, "1.33.13", "1.34.10", None, id="static pods are not resized up to 1.35"),
        pytest.param(RESTARTS, API, "1.33.13", "1.36.4", None, id="1.33 has records, and restarted what had none"),
        pytest.param(RESTARTS, STATIC, "1.33.13", "1.36.4", BASELINE, id="a static pod may be older than 1.33, which left it alone"),
        pytest.param(NOT_RESIZABLE, API, "1.31.0", "1.33.13", None, id="without such a policy it is resized in place"),
        pytest.param(UNSEEN, API, "1.26.15", "1.33.13", BASELINE, id="the spec was seen by a kubelet that drops policies"),
        pytest.param(UNSEEN, API, "1.26.15", "1.37.1", None, id="which is no matter to 1.37"),
        pytest.param(BY_POD, API, "1.35.8", "1.36.4", BASELINE, id="limits of the pod enter with 1.36"),
        pytest.param(BY_POD, API, "1.34.1", "1.35.8", None, id="not with 1.35"),
    ],
)
def test_resize_action(resizable: Resizable, static: bool, start: str, target: str, expected: Decision | None) -> None:
    (build,) = builds(target)
    assert resize_action(resizable, ContainerKind.APP, builds(start), build, static=static) == expected


def test_the_gate_decides_on_both_sides() -> None:
    (off,), (on,) = builds("1.34.1", gate=False), builds("1.34.1")
    assert resize_action(RESTARTS, ContainerKind.APP, builds("1.31.0"), off, static=False) is None
    assert resize_action(RESTARTS, ContainerKind.APP, builds("1.33.13", gate=False), on, static=False) == RESTART


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(ContainerKind.SIDECAR, RESTART, id="sidecars are resized too"),
        pytest.param(ContainerKind.INIT, None, id="init containers may not ask for a restart"),
        pytest.param(ContainerKind.EPHEMERAL, None, id="ephemeral ones have no resources"),
    ],
)
def test_kinds(kind: ContainerKind, expected: Decision | None) -> None:
    (build,) = builds("1.34.1")
    assert resize_action(RESTARTS, kind, builds("1.31.0"), build, static=False) == expected


@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        pytest.param("1.34.1", "1.36.4", True, id="1.34 wrote allocations without a pod-level part (seen)"),
        pytest.param("1.33.13", "1.37.1", True, id="1.33 to 1.37: the same code"),
        pytest.param("1.32.13", "1.36.4", False, id="1.32 wrote none, so the spec counts"),
        pytest.param("1.36.4", "1.37.1", False, id="1.36 writes it"),
        pytest.param("1.34.1", "1.35.8", False, id="1.35 does not look at it"),
    ],
)
def test_forgets_pod_resources(start: str, target: str, expected: bool) -> None:
    (build,) = builds(target)
    assert forgets_pod_resources(builds(start), build) is expected


def test_nobody_says_what_runs() -> None:
    (build,) = builds("1.34.1")
    assert resize_action(RESTARTS, ContainerKind.APP, (), build, static=False) == BASELINE
