"""Upgrades of real kubelets that the lab recorded, predicted again: neither Go nor root is needed.

`report.txt` is what `python -m tests.lab --replay DIR` prints; a change of it is a change of what the plan is worth, and is read as such:
it names what is missed, what is a false alarm, and what is unknown and why.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.comparing import Pair
from tests.lab.run import RECORDED


def of_both(pod: str, container: str, wrong: str) -> set[tuple[str, str]]:
    """The pod and its container are wrong in the same way."""
    return {(pod, wrong), (f"{pod}/{container}", wrong)}


ACCOUNT = of_both("default/account-in-file-node-1", "app", "missed")
CONFIG_MAP = of_both("default/config-map-in-file-node-1", "app", "missed")
POD_LEVEL = of_both("default/pod-level-resources-node-1", "app", "missed")
WINDOWS = {("default/os-windows-node-1", "false alarm")}

KNOWN_WRONG: dict[str, set[tuple[str, str]]] = {
    # the newer kubelet refuses the manifest
    "1.15.12-to-1.16.15": of_both("default/init-startup-probe-node-1", "main", "other fate"),
    "1.20.15-to-1.22.17": of_both("default/host-process-node-1", "app", "other fate"),
    "1.31.0-to-1.34.1": ACCOUNT | of_both("default/service-account-node-1", "app", "missed") | WINDOWS,
    "1.31.0-to-1.34.1-api": ACCOUNT | CONFIG_MAP,
    "1.31.0-to-1.36.4-api": ACCOUNT,
    "1.31.0-to-1.37.1-api": ACCOUNT | CONFIG_MAP,
    # it sees an AppArmor profile that the old one did not, on a node without AppArmor
    "1.22.17-to-1.30.14": of_both("default/apparmor-field-node-1", "app", "other fate"),
    # 1.36 takes a pod's own resources from the old kubelet's allocated_pods_state, where up to 1.35 they are not, and looks for another cgroup
    "1.34.1-to-1.36.4": POD_LEVEL | WINDOWS,
    "1.34.1-to-1.36.4-api": POD_LEVEL,
    # static, refused by the old kubelet already, and now again
    "1.28.15-to-1.29.15": WINDOWS,
    "1.30.14-to-1.31.0": WINDOWS,
    "1.31.0-to-1.30.14": WINDOWS,
}
"""What `plan` does not foresee yet: container or pod, and how it is wrong, by folder. An entry that has come right must go."""

UNSEEN = "default/sandbox-no-address"
"""A sandbox that loses its address while no kubelet runs is in no dump (`crictl inspectp` alone would show it): a plan cannot know."""

FOLDERS = sorted(path for path in RECORDED.iterdir() if path.is_dir())
Seen = tuple[dict[str, Any], tuple[Pair, ...]]

pytestmark = pytest.mark.skipif(not comparing.reads_manifests(), reason="plan has no --static-pods yet")


@pytest.fixture(scope="module", name="recorded", params=FOLDERS, ids=lambda path: path.name)
def _recorded(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture(scope="module", name="seen")
def _seen(recorded: Path) -> Seen:
    """The plan, and its pairs with what was observed."""
    observed = comparing.observations(recorded)
    made = comparing.plan(recorded, observed["from"], observed["to"])
    return made, (*comparing.compared(made, observed), *comparing.compared_pods(made, observed))


def test_nothing_was_missed_and_no_alarm_was_false(recorded: Path, seen: Seen) -> None:
    found = {(pair.name, pair.wrong) for pair in comparing.wrong(seen[1]) if not pair.name.startswith(UNSEEN)}
    assert found == KNOWN_WRONG.get(recorded.name, set())


def test_what_is_known_and_what_is_not_is_as_reported(recorded: Path, seen: Seen) -> None:
    assert comparing.report(recorded, seen[1]) == (recorded / "report.txt").read_text()


def test_hashes_that_the_new_kubelet_wrote_are_those_computed_for_it(recorded: Path, seen: Seen) -> None:
    computed = {(pod["uid"], one["name"]): one["computed"]["to"] for pod in seen[0]["pods"] for one in pod["containers"]}
    made = [one for one in comparing.observations(recorded)["containers"] if one["outcome"] == "restarted" and "hash_after" in one]
    wrote = {(one["uid"], one["container"]): one["hash_after"] for one in made}
    assert wrote
    assert {key: computed.get(key) for key in wrote} == wrote
