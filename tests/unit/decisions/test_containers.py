"""Whether the new kubelet compares a container, and what the comparison says (computePodActions, containerChanged)."""

from __future__ import annotations

import pytest

from tests.builders import kubelet
from upgradecheck.decisions.containers import Decision, container_changed, not_compared, starting
from upgradecheck.model.plan import Reason, Verdict
from upgradecheck.model.pod import Absent, Recorded, RunState
from upgradecheck.model.schema import ContainerKind

SAME, OTHER = Recorded(0x8E45CBD0), Recorded(0x311670A)
ONE = (SAME.hash,)
TWO = (0x1, SAME.hash)

NOT_RUNNING = Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING)
FINISHED = Decision(Verdict.NOT_COMPARED, Reason.FINISHED)
NEVER = Decision(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED)
AMBIGUOUS = Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS)
PENDING = Decision(Verdict.UNKNOWN, Reason.STARTUP_PROBE_PENDING)
LOOKED_AT = None

APP, INIT, SIDECAR, EPHEMERAL = ContainerKind.APP, ContainerKind.INIT, ContainerKind.SIDECAR, ContainerKind.EPHEMERAL


@pytest.mark.parametrize(
    ("recorded", "computed", "expected"),
    [
        pytest.param(SAME, ONE, Decision(Verdict.SAFE, Reason.HASH_EQUAL), id="nothing changed, nothing happens"),
        pytest.param(OTHER, ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="recorded hash differs"),
        pytest.param(Absent(), ONE, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="no annotation reads as 0, a change"),
        pytest.param(Absent("0x1"), ONE, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="an unreadable annotation reads as 0"),
        pytest.param(Recorded(0), ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="a recorded 0 is a hash like any other"),
        pytest.param(Recorded(SAME.hash + (1 << 32)), ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="64 bits are compared"),
        pytest.param(SAME, TWO, AMBIGUOUS, id="the version can be of two classes and one of them agrees"),
        pytest.param(OTHER, TWO, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="two classes, and neither agrees"),
        pytest.param(Absent(), TWO, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="two classes, and no annotation"),
    ],
)
def test_container_changed(recorded: Recorded | Absent, computed: tuple[int, ...], expected: Decision) -> None:
    assert container_changed(recorded, computed) == expected


@pytest.mark.parametrize(
    ("state", "kind", "target", "expected"),
    [
        pytest.param(RunState.RUNNING, APP, "1.30.14", LOOKED_AT, id="a running app container is compared"),
        pytest.param(RunState.UNREPORTED, APP, "1.30.14", LOOKED_AT, id="one that nothing is reported of is taken as running"),
        pytest.param(RunState.WAITING, APP, "1.30.14", NOT_RUNNING, id="a waiting one is started, not compared"),
        pytest.param(RunState.CREATED, APP, "1.30.14", NOT_RUNNING, id="so is a created one"),
        pytest.param(RunState.UNKNOWN, APP, "1.30.14", NOT_RUNNING, id="so is one of unknown state"),
        pytest.param(RunState.EXITED, APP, "1.30.14", NOT_RUNNING, id="an exited app container is left to its restartPolicy"),
        pytest.param(RunState.EXITED, INIT, "1.30.14", FINISHED, id="an init container that came to its end"),
        pytest.param(RunState.RUNNING, INIT, "1.30.14", NEVER, id="a running init container is never compared"),
        pytest.param(RunState.RUNNING, INIT, "1.37.1", NEVER, id="not by 1.37 either"),
        pytest.param(RunState.EXITED, EPHEMERAL, "1.30.14", FINISHED, id="an ephemeral container that came to its end"),
        pytest.param(RunState.RUNNING, EPHEMERAL, "1.37.1", NEVER, id="a running ephemeral container is never compared"),
        pytest.param(RunState.RUNNING, SIDECAR, "1.31.14", NEVER, id="1.31 does not compare sidecars"),
        pytest.param(RunState.RUNNING, SIDECAR, "1.32.13", LOOKED_AT, id="1.32 does"),
        pytest.param(RunState.EXITED, SIDECAR, "1.32.13", NOT_RUNNING, id="an exited sidecar is started again, not compared"),
        pytest.param(RunState.RUNNING, SIDECAR, "1.32.0-alpha.1", AMBIGUOUS, id="a pre-release of 1.32 may or may not"),
        pytest.param(RunState.RUNNING, APP, "1.32.0-alpha.1", LOOKED_AT, id="and compares app containers in any case"),
    ],
)
def test_not_compared(state: RunState, kind: ContainerKind, target: str, expected: Decision | None) -> None:
    assert not_compared(state, kind, kubelet(target), exit_code=0) == expected


@pytest.mark.parametrize(
    ("exit_code", "expected"),
    [
        pytest.param(0, FINISHED, id="success"),
        pytest.param(1, NOT_RUNNING, id="a failed init container runs again"),
        pytest.param(None, NOT_RUNNING, id="nobody tells how it ended"),
    ],
)
def test_an_exited_init_container_is_finished_only_after_success(exit_code: int | None, expected: Decision) -> None:
    assert not_compared(RunState.EXITED, INIT, kubelet("1.30.14"), exit_code=exit_code) == expected


CHANGED = Decision(Verdict.RESTART, Reason.HASH_CHANGED)


@pytest.mark.parametrize(
    ("decision", "kind", "pending", "expected"),
    [
        pytest.param(CHANGED, SIDECAR, False, None, id="a started sidecar is decided by its hash"),
        pytest.param(CHANGED, SIDECAR, True, PENDING, id="minors differ on one whose startup probe has not passed"),
        pytest.param(Decision(Verdict.SAFE, Reason.HASH_EQUAL), SIDECAR, True, None, id="with an equal hash every minor keeps it"),
        pytest.param(CHANGED, APP, True, None, id="the hash of an app container is compared before its startup probe"),
    ],
)
def test_starting(decision: Decision, kind: ContainerKind, pending: bool, expected: Decision | None) -> None:
    assert starting(decision, kind, startup_pending=pending) == expected
