"""What is planned of pods, against which of their containers real kubelets of each minor killed: tests/goldens/podactions.json.

The pods of resizing.py were shown to kubelets that find no record of what containers were given, as one before 1.33 leaves them behind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import kubelet
from tests.drawing import standing_for
from tests.oracle.podactions.drawing import Drawn
from tests.oracle.podactions.goldens import GOLDENS, every_case, in_words
from tests.oracle.podactions.planning import KILLED, planned
from upgradecheck.model.plan import Plan, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ResizeRecords

REAL = GOLDENS.read()
KEPT = ("1.13.12", "1.15.12", "1.16.15", "1.22.17", "1.30.14", "1.32.13", "1.33.13", "1.38.0")
"""The oldest, both sides of the typed era's end, Docker's last times, both sides of what 1.31 and 1.33 moved, the newest."""
CANNOT_TELL = ("a restart for memory of the pod as a whole",)
"""Whether the kubelet before recorded what is the pod's own, no evidence tells; it is unknown, never safe."""


def start(version: str) -> str:
    """The newest release up to this version that records nothing, and hashes as this one does."""
    (build,) = kubelet(version).builds
    return version if build.schema.resize_records is ResizeRecords.NONE else "1.32.13"


def is_honest(one: PlannedContainer, name: str, real: str) -> bool:
    """Whether it may be unknown: its record is none that the spec makes, or it was killed for what nobody can see."""
    return one.reason is Reason.NOT_REPRODUCED or (name in CANNOT_TELL and real != "keeps all")


def differences(plan: Plan, pods: dict[str, Drawn], real: dict[str, str]) -> dict[str, tuple[str, object]]:
    said = {one.container_id: one for pod in plan.pods for one in pod.containers}
    wrong: dict[str, tuple[str, object]] = {}
    for name, one in pods.items():
        ours = {its: said[key] for key, its in one.running.items()}
        known = {its: told for its, told in ours.items() if told.verdict is not Verdict.UNKNOWN}
        killed = {its for its in real[name].removeprefix("kills ").split() if its in known} if real[name] != "keeps all" else set()
        unsaid = [its for its in ours.keys() - known if not is_honest(ours[its], name, real[name])]
        if in_words(its for its, told in known.items() if told.verdict in KILLED) != in_words(killed) or unsaid:
            wrong[name] = (real[name], {its: (told.verdict.value, told.reason.value) for its, told in ours.items()})
    return wrong


@pytest.mark.parametrize("version", standing_for(REAL, KEPT))
def test_containers_are_killed_and_kept_as_real_kubelets_of_each_minor_did(version: str, tmp_path: Path) -> None:
    pods = every_case(version)
    resized = {name: one for name, one in pods.items() if not name.startswith("drawn")}
    others = {name: one for name, one in pods.items() if name.startswith("drawn")}
    (tmp_path / "resized").mkdir()
    (tmp_path / "others").mkdir()
    wrong = differences(planned(list(resized.values()), version, tmp_path / "resized", start(version)), resized, REAL[version])
    wrong |= differences(planned(list(others.values()), version, tmp_path / "others"), others, REAL[version])
    assert wrong == {}
