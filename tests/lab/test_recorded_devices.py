"""Pods with devices, as real kubelets admitted them again while no plugin had registered anew; what a plan says of it.

Recorded with `python -m tests.lab --from A --to B --api --manifests tests/lab/with-devices`: a container that runs keeps its device, and a
pod of which a container with a device does not run (an init container that is done, one that has ended or waits to be started again) is
refused with all that runs of it (kubernetes/kubernetes 118559, 124345, 138446).
"""

from pathlib import Path

import pytest

from tests.lab import comparing

RECORDED = Path(__file__).parent / "recorded-devices"
REFUSED = {"device-init", "device-init-and-app", "device-ended", "device-failing"}

every_folder = pytest.mark.parametrize("recorded", sorted(RECORDED.iterdir()), ids=lambda path: path.name)


@every_folder
def test_whose_container_with_a_device_does_not_run_is_refused(recorded: Path) -> None:
    observed = comparing.observations(recorded)["containers"]
    assert {one["pod"] for one in observed if one["outcome"] == "rejected"} == REFUSED


@every_folder
def test_no_pod_that_is_refused_was_promised_to_stay(recorded: Path) -> None:
    pairs = comparing.replayed(recorded)
    assert {pair.wrong for pair in pairs} <= {None, "other fate"}
    assert comparing.report(recorded, pairs) == (recorded / "report.txt").read_text()
