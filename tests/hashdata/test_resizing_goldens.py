"""What is planned of containers with resize policies, against what real kubelets of each minor did: tests/goldens/resizing.json.

The real ones were asked as kubelets that find no record of what the containers were given, as one before 1.33 leaves them behind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import kubelet
from tests.oracle.podactions.goldens import GOLDENS
from tests.oracle.podactions.planning import KILLED, planned
from tests.oracle.podactions.resizing import cases
from upgradecheck.model.plan import Verdict
from upgradecheck.model.schema import ResizeRecords

REAL = GOLDENS.read()
CANNOT_TELL = ("a restart for memory of the pod as a whole",)
"""Whether the kubelet before recorded what is the pod's own, no evidence tells; it is unknown, never safe."""


def start(version: str) -> str:
    """The newest release up to this version that records nothing, and hashes as this one does."""
    (build,) = kubelet(version).builds
    return version if build.schema.resize_records is ResizeRecords.NONE else "1.32.13"


@pytest.mark.parametrize("version", REAL)
def test_containers_are_restarted_for_resources_as_real_kubelets_of_each_minor_did(version: str, tmp_path: Path) -> None:
    (build,) = kubelet(version).builds
    drawn = cases(build.hash_class)
    plan = planned(list(drawn.values()), version, tmp_path, start=start(version))
    said = {one.container_id: one for pod in plan.pods for one in pod.containers}
    wrong = {}
    for name, one in drawn.items():
        verdicts = {its: said[key].verdict for key, its in one.running.items()}
        killed = sorted(its for its, verdict in verdicts.items() if verdict in KILLED)
        told = f"kills {' '.join(killed)}" if killed else "keeps all"
        if Verdict.UNKNOWN in verdicts.values() and REAL[version][name] != "keeps all" and name in CANNOT_TELL:
            continue
        if told != REAL[version][name] or Verdict.UNKNOWN in verdicts.values():
            wrong[name] = (REAL[version][name], {key: (said[key].verdict.value, said[key].reason.value) for key in one.running})
    assert wrong == {}
