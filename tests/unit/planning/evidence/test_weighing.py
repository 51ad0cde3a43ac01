"""Evidence for the hash that a container carries, its grade, and the verdict that follows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.builders import (
    Document,
    computed,
    kubelet,
    pod,
    record,
    recorded_by,
    with_env,
    with_field,
    with_new_probe_field,
    with_sidecar,
)
from tests.unit.planning.world import container_records, examined, recorded
from upgradecheck.decisions.comparing import Comparable, Look, look_of
from upgradecheck.decisions.containers import Decision
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Evidence, Grade, Oddity, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.planning.evidence.weighing import Weighed, weigh
from upgradecheck.planning.seeing.facts import ContainerFacts, Step

SAME = pod()
PROBE = with_new_probe_field(SAME)
BACKSPACE = with_env(SAME, "a\bb")
SIDECAR = with_sidecar(pod(), "mesh")
ASKING = with_field(SAME, "app", "resources", {"requests": {"cpu": "100m"}})
RESIZE_POLICY = with_field(ASKING, "app", "resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}])

EQUAL = Decision(Verdict.SAFE, Reason.HASH_EQUAL)
CHANGED = Decision(Verdict.RESTART, Reason.HASH_CHANGED)
ABSENT = Decision(Verdict.RESTART, Reason.RECORD_ABSENT)


@dataclass(frozen=True)
class Upgrade:
    """survival: the node itself reports start; else it is what --from says."""

    start: str | None
    target: str
    survival: bool = True

    def step(self) -> Step:
        return Step(kubelet(self.start) if self.start else None, kubelet(self.target), survival=self.survival)


@dataclass(frozen=True)
class By:
    """The hash that this version makes of the container at hand."""

    version: str


@dataclass(frozen=True)
class Says:
    """A record with this annotation; none with None."""

    text: str | None


@dataclass(frozen=True)
class Expected:
    """A Weighed, with the hash told by who makes it."""

    decision: Decision
    grade: Grade
    hash: By | Hash | None = None
    creator: str | None = None
    calibrates: bool = False
    reproduced: bool = False
    oddity: Oddity | None = None

    def weighed(self, document: Document, name: str) -> Weighed:
        carried = computed(self.hash.version, document, name) if isinstance(self.hash, By) else self.hash
        return Weighed(self.decision, Evidence(self.grade, carried, self.creator), self.calibrates, self.reproduced, oddity=self.oddity)


def unknown(reason: Reason, at: StepName | None = None) -> Decision:
    return Decision(Verdict.UNKNOWN, reason, at)


def weigh_container(
    document: Document,
    upgrade: Upgrade,
    carries: By | Says | None,
    *,
    name: str = "app",
    state: RunState = RunState.RUNNING,
    lossy: bool = False,
) -> Weighed:
    match carries:
        case None:
            records = []
        case By(version):
            records = [recorded_by(version, document, name)]
        case Says(text):
            records = [record(document, name, hash_text=text)]
    step = upgrade.step()
    facts = next(found for found in examined(document, step, recorded(*records)).facts.containers if found.name == name)
    return weigh(
        facts,
        step,
        next(iter(container_records(*records)), None),
        state,
        lossy=lossy,
        static=False,
        look=look_of_kind(step, facts),
    )


def look_of_kind(step: Step, facts: ContainerFacts) -> Look:
    """Whether the running kubelet compares containers of this kind."""
    if step.start is None or facts.kind_before is None:
        return Look.NO
    return look_of(step.start.builds, Comparable(facts.kind_before))


@pytest.mark.parametrize(
    ("document", "upgrade", "carries", "expected"),
    [
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14"),
            By("1.22.17"),
            Expected(EQUAL, Grade.RECORDED, By("1.22.17"), "1.22", calibrates=True, reproduced=True),
            id="nothing changed, nothing happens",
        ),
        pytest.param(
            PROBE,
            Upgrade("1.20.15", "1.22.17"),
            By("1.20.15"),
            Expected(CHANGED, Grade.RECORDED, By("1.20.15"), "1.20", calibrates=True, reproduced=True),
            id="a field that the new kubelet knows first",
        ),
        pytest.param(
            SAME,
            Upgrade("1.30.14", "1.31.14"),
            By("1.30.14"),
            Expected(CHANGED, Grade.RECORDED, By("1.30.14"), "1.30", calibrates=True, reproduced=True),
            id="the algorithm changes",
        ),
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14"),
            Says("badcafe"),
            Expected(unknown(Reason.NOT_REPRODUCED), Grade.RECORDED, Hash(0xBADCAFE), calibrates=True),
            id="a recorded hash that the running version does not make of this spec",
        ),
        pytest.param(
            PROBE,
            Upgrade("1.22.17", "1.30.14"),
            By("1.20.15"),
            Expected(CHANGED, Grade.RECORDED, By("1.20.15"), "1.20", calibrates=True, oddity=Oddity.NOT_COMPARED),
            id="an older version than the running one makes it of this spec, which proves the spec",
        ),
        pytest.param(
            PROBE,
            Upgrade("1.22.17", "1.20.15"),
            By("1.20.15"),
            Expected(EQUAL, Grade.RECORDED, By("1.20.15"), "1.20", calibrates=True, oddity=Oddity.NOT_COMPARED),
            id="and where the new one makes it too, it is kept",
        ),
        pytest.param(
            RESIZE_POLICY,
            Upgrade("1.28.15", "1.30.14"),
            Says(computed("1.28.15", ASKING, "app").hex),
            Expected(CHANGED, Grade.RECORDED, computed("1.28.15", ASKING, "app"), "1.28", calibrates=True, oddity=Oddity.FIELD_ADDED),
            id="the running version makes it of the spec before an API server added resizePolicy",
        ),
        pytest.param(
            SAME,
            Upgrade("1.30.14", "1.31.14"),
            Says("badcafe"),
            Expected(CHANGED, Grade.RECORDED, Hash(0xBADCAFE), calibrates=True),
            id="not reproduced, but from 1.31 on name and image alone decide",
        ),
        pytest.param(
            SAME,
            Upgrade("1.30.14", "1.31.14"),
            By("1.31.14"),
            Expected(EQUAL, Grade.RECORDED, By("1.31.14"), calibrates=True),
            id="not reproduced, and 1.31 finds its own hash",
        ),
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14"),
            Says(None),
            Expected(ABSENT, Grade.ABSENT),
            id="the annotation is missing: the kubelet reads 0",
        ),
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14"),
            Says("0x1f"),
            Expected(ABSENT, Grade.ABSENT),
            id="the annotation is unreadable: the kubelet reads 0",
        ),
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14"),
            None,
            Expected(EQUAL, Grade.INFERRED, By("1.22.17")),
            id="no record: it survived under the version that the node reports",
        ),
        pytest.param(
            PROBE,
            Upgrade("1.20.15", "1.22.17"),
            None,
            Expected(CHANGED, Grade.INFERRED, By("1.20.15")),
            id="no record: what survived carries the old hash, and the new one differs",
        ),
        pytest.param(
            SAME,
            Upgrade("1.22.17", "1.30.14", survival=False),
            None,
            Expected(EQUAL, Grade.ESTIMATED, By("1.22.17")),
            id="no record, and the version is taken on trust",
        ),
        pytest.param(
            SAME,
            Upgrade(None, "1.30.14"),
            None,
            Expected(unknown(Reason.FROM_UNKNOWN), Grade.UNKNOWN),
            id="no record, and nobody tells the running version",
        ),
        pytest.param(
            SAME,
            Upgrade(None, "1.30.14"),
            By("1.22.17"),
            Expected(unknown(Reason.FROM_UNKNOWN), Grade.RECORDED, By("1.22.17")),
            id="a record, but nobody tells the running version, so it is not tested",
        ),
        pytest.param(
            SAME,
            Upgrade(None, "1.31.14"),
            By("1.22.17"),
            Expected(CHANGED, Grade.RECORDED, By("1.22.17")),
            id="a record and 1.31: the running version does not matter",
        ),
        pytest.param(
            SAME,
            Upgrade("1.31.0-alpha.1", "1.31.14"),
            None,
            Expected(unknown(Reason.VERSION_AMBIGUOUS, StepName.HASH), Grade.UNKNOWN),
            id="the running version can be of two eras, and no record tells",
        ),
        pytest.param(
            SAME,
            Upgrade("1.31.0-alpha.1", "1.31.14"),
            By("1.31.14"),
            Expected(EQUAL, Grade.RECORDED, By("1.31.14"), "1.31", calibrates=True, reproduced=True),
            id="the running version can be of two eras, and the record tells",
        ),
        pytest.param(
            SAME,
            Upgrade("1.30.14", "1.31.0-alpha.1"),
            By("1.30.14"),
            Expected(
                unknown(Reason.VERSION_AMBIGUOUS, StepName.HASH), Grade.RECORDED, By("1.30.14"), "1.30", calibrates=True, reproduced=True
            ),
            id="the new version can be of two eras",
        ),
        pytest.param(
            SAME,
            Upgrade("1.30.0-alpha.1", "1.30.14"),
            None,
            Expected(EQUAL, Grade.INFERRED, By("1.30.14")),
            id="an ambiguous version that makes the same hash in any case",
        ),
        pytest.param(
            BACKSPACE,
            Upgrade("1.29.8-rc.1", "1.29.8"),
            None,
            Expected(EQUAL, Grade.INFERRED, By("1.29.8")),
            id="a candidate of a patch, after Go has changed",
        ),
        pytest.param(
            BACKSPACE,
            Upgrade("1.29.7-rc.1", "1.29.8"),
            None,
            Expected(unknown(Reason.VERSION_AMBIGUOUS, StepName.HASH), Grade.UNKNOWN),
            id="a candidate of the patch that Go changed with",
        ),
    ],
)
def test_weigh(document: Document, upgrade: Upgrade, carries: By | Says | None, expected: Expected) -> None:
    assert weigh_container(document, upgrade, carries) == expected.weighed(document, "app")


def test_upper_case_and_padding_are_read_as_the_same_number() -> None:
    padded = Says(f"000{computed('1.22.17', SAME).hex.upper()}")
    expected = Expected(EQUAL, Grade.RECORDED, By("1.22.17"), "1.22", calibrates=True, reproduced=True)
    assert weigh_container(SAME, Upgrade("1.22.17", "1.30.14"), padded) == expected.weighed(SAME, "app")


@pytest.mark.parametrize(
    ("upgrade", "carries", "expected"),
    [
        pytest.param(
            Upgrade("1.30.14", "1.32.13"),
            None,
            Expected(CHANGED, Grade.INFERRED, By("1.30.14")),
            id="1.30 to 1.32: whoever made it, its hash is not 1.32's",
        ),
        pytest.param(
            Upgrade("1.30.14", "1.32.13", survival=False),
            None,
            Expected(CHANGED, Grade.ESTIMATED, By("1.30.14")),
            id="1.30 to 1.32, the version taken on trust",
        ),
        pytest.param(
            Upgrade("1.31.14", "1.32.13"),
            None,
            Expected(unknown(Reason.CREATORS_DISAGREE), Grade.UNKNOWN),
            id="1.31 to 1.32: made by 1.30 or by 1.31, nobody tells",
        ),
        pytest.param(
            Upgrade("1.31.14", "1.32.13"),
            By("1.30.14"),
            Expected(CHANGED, Grade.RECORDED, By("1.30.14"), "1.30"),
            id="1.31 to 1.32: the record is of before 1.31, and 1.31 never compared it",
        ),
        pytest.param(
            Upgrade("1.31.14", "1.32.13"),
            By("1.31.14"),
            Expected(EQUAL, Grade.RECORDED, By("1.31.14"), "1.31"),
            id="1.31 to 1.32: the record is of 1.31",
        ),
        pytest.param(
            Upgrade("1.32.13", "1.33.13"),
            None,
            Expected(EQUAL, Grade.INFERRED, By("1.32.13")),
            id="1.32 to 1.33: it survived under a kubelet that compares sidecars",
        ),
        pytest.param(
            Upgrade("1.32.13", "1.33.13"),
            By("1.32.13"),
            Expected(EQUAL, Grade.RECORDED, By("1.32.13"), "1.32", calibrates=True, reproduced=True),
            id="1.32 to 1.33: recorded sidecars calibrate",
        ),
    ],
)
def test_weigh_a_sidecar(upgrade: Upgrade, carries: By | None, expected: Expected) -> None:
    assert weigh_container(SIDECAR, upgrade, carries, name="mesh") == expected.weighed(SIDECAR, "mesh")


ONLY_SEEN = unknown(Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY)


@pytest.mark.parametrize(
    ("document", "upgrade", "expected"),
    [
        pytest.param(SAME, Upgrade("1.22.17", "1.30.14"), ONLY_SEEN, id="the new kubelet knows fields that this view has lost"),
        pytest.param(PROBE, Upgrade("1.20.15", "1.22.17"), CHANGED, id="what changes already, changes in any case"),
        pytest.param(SAME, Upgrade("1.30.14", "1.31.14"), CHANGED, id="name and image are in every view"),
        pytest.param(SAME, Upgrade("1.31.14", "1.32.13"), EQUAL, id="name and image alone count, and they are the same"),
        pytest.param(SAME, Upgrade("1.30.10", "1.30.14"), EQUAL, id="within a minor nothing is lost"),
        pytest.param(SAME, Upgrade("1.30.14", "1.22.17"), EQUAL, id="an older kubelet knows nothing more"),
    ],
)
def test_weigh_a_spec_that_only_the_old_kubelet_has_seen(document: Document, upgrade: Upgrade, expected: Decision) -> None:
    assert weigh_container(document, upgrade, None, lossy=True).decision == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(RunState.RUNNING, Grade.INFERRED, id="running under the version that the node reports"),
        pytest.param(RunState.UNREPORTED, Grade.ESTIMATED, id="nobody says that it runs, so nothing has survived"),
    ],
)
def test_survival_needs_a_running_container(state: RunState, expected: Grade) -> None:
    assert weigh_container(SAME, Upgrade("1.22.17", "1.30.14"), None, state=state).evidence.grade is expected
