"""What the comparison of a recorded hash with computed ones says (containerChanged)."""

from __future__ import annotations

import pytest

from upgradecheck.decisions.containers import Decision, container_changed
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Verdict
from upgradecheck.model.pod import Absent, Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName

SAME, OTHER = Recorded(Hash(0x8E45CBD0)), Recorded(Hash(0x311670A))
ONE = (SAME.hash,)
TWO = (Hash(0x1), SAME.hash)

AMBIGUOUS = Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, StepName.HASH)


@pytest.mark.parametrize(
    ("recorded", "computed", "expected"),
    [
        pytest.param(SAME, ONE, Decision(Verdict.SAFE, Reason.HASH_EQUAL), id="nothing changed, nothing happens"),
        pytest.param(OTHER, ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="recorded hash differs"),
        pytest.param(Absent(), ONE, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="no annotation reads as 0, a change"),
        pytest.param(Absent("0x1"), ONE, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="an unreadable annotation reads as 0"),
        pytest.param(Recorded(Hash(0)), ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="a recorded 0 is a hash like any other"),
        pytest.param(
            Recorded(Hash(SAME.hash.number + (1 << 32))), ONE, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="64 bits are compared"
        ),
        pytest.param(SAME, TWO, AMBIGUOUS, id="the version can be of two classes and one of them agrees"),
        pytest.param(OTHER, TWO, Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="two classes, and neither agrees"),
        pytest.param(Absent(), TWO, Decision(Verdict.RESTART, Reason.RECORD_ABSENT), id="two classes, and no annotation"),
    ],
)
def test_container_changed(recorded: Recorded | Absent, computed: tuple[Hash, ...], expected: Decision) -> None:
    assert container_changed(recorded, computed) == expected
