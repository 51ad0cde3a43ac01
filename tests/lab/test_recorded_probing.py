"""What an API server showed of pods that nothing was done to, while real kubelets were restarted and upgraded; what a plan says of it.

Recorded with `python -m tests.lab.containerd --from A --to B --scene probing`. A pod of which something was restarted is not looked at.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.builders import kubelet, read
from tests.lab.containerd.probing import FALLS, LOOKED, SCENE, SHUT, Probed, manifest
from upgradecheck.decisions.readiness import shown_ready_for, unready_for
from upgradecheck.model.exposure import Exposure
from upgradecheck.planning.seeing.exposed import exposure_of
from upgradecheck.reading.pod import Taken

RECORDED = Path(__file__).parent / "recorded-probing"
SLACK = 1.5
"""Seconds that a busy machine takes for a probe, and for telling of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A pod under one kubelet: how its readiness went, in seconds since the kubelet was started."""

    version: str
    pod: Probed
    states: list[Any]

    @property
    def exposure(self) -> Exposure:
        document = manifest(self.pod, SCENE.index(self.pod))
        return exposure_of(read(document).under(kubelet(self.version).builds[-1], Taken.FROM_API).value)

    def seconds(self, *, ready: bool) -> float:
        """For how long it was shown so, from its first change on."""
        ends = (*(state["at"] for state in self.states[1:]), LOOKED)
        shown = zip(self.states[1:], ends[1:], strict=True)
        return float(sum(end - state["at"] for state, end in shown if state["ready"] is ready))

    @property
    def changed(self) -> bool:
        return any(old["ready"] is not new["ready"] for old, new in pairwise(self.states))

    def bound(self, *, ready: bool) -> int | None:
        """What is said of how long it is shown so, and should not be."""
        (probed,), builds = self.exposure.probed, kubelet(self.version).builds
        return (shown_ready_for if ready else unready_for)(probed, builds, static=self.pod.static)


def seen() -> Iterator[Seen]:
    by_name = {one.name: one for one in SCENE}
    for path in sorted(RECORDED.iterdir()):
        for phase in json.loads(path.read_text())["phases"]:
            for name, states in phase["pods"].items():
                if len({tuple(one[2] for one in state["containers"].values()) for state in states}) == 1:
                    yield Seen(phase["kubelet"], by_name[name], states)


ALL = list(seen())
PROBED = [one for one in ALL if one.pod.readiness or one.pod.startup]


def test_much_was_seen() -> None:
    assert len(PROBED) > 90
    assert {one.version for one in ALL} == {"1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.34.1", "1.35.4"}


def test_a_pod_without_probes_stays_ready() -> None:
    assert [one for one in ALL if one not in PROBED and one.changed] == []


@pytest.mark.parametrize(
    "one", [one for one in PROBED if one.pod.name not in (SHUT, FALLS)], ids=lambda one: f"{one.version}-{one.pod.name}"
)
def test_a_pod_whose_probes_pass_is_not_ready_for_as_long_as_is_said_at_most(one: Seen) -> None:
    bound = one.bound(ready=False)
    assert one.states[0]["ready"]
    assert one.states[-1]["ready"]
    if bound is None:
        assert not one.changed
    else:
        assert one.seconds(ready=False) <= bound + SLACK
        assert one.changed or not bound  # a moment may be too short to be seen


@pytest.mark.parametrize("one", [one for one in PROBED if one.pod.name == SHUT], ids=lambda one: one.version)
def test_a_pod_that_is_not_ready_is_shown_ready_for_as_long_as_is_said_at_most(one: Seen) -> None:
    bound = one.bound(ready=True)
    assert one.changed is (bound is not None)
    assert one.seconds(ready=True) <= (bound or 0) + SLACK


@pytest.mark.parametrize("one", [one for one in PROBED if one.pod.name == FALLS], ids=lambda one: one.version)
def test_a_pod_that_fell_while_no_kubelet_ran_is_shown_ready_until_its_probe_fails_or_has_failed_three_times(one: Seen) -> None:
    fallen = next(state["at"] for state in one.states if not state["ready"])
    up = 6.5 if one.version in ("1.20.15", "1.22.17") else 1.0
    period, failures = 3, 3 if one.version == "1.35.4" else 1
    assert fallen <= up + period * failures + SLACK


def test_a_delay_counts_from_the_start_of_the_container() -> None:
    delayed = [one for one in PROBED if one.pod.name == "delayed"]
    assert all((one.pod.readiness or {})["initialDelaySeconds"] == 30 for one in delayed)
    assert max(one.seconds(ready=False) for one in delayed) < 5
