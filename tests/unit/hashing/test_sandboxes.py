"""Which steps make sandboxes anew by the versions alone; held against the mirror of what decides on a sandbox."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.sandbox import sandbox_changed
from upgradecheck.hashing.sandboxes import sandbox_losses
from upgradecheck.hashing.schemas.changes import newest_build
from upgradecheck.model.changes import SandboxLoss
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NetworkMode, Origin, SandboxNetwork, SandboxRecord
from upgradecheck.model.version import Minor


def build(minor: str) -> KubeletBuild:
    return newest_build(Minor(*map(int, minor.split("."))), CATALOG)


def sandbox(mode: NetworkMode | None, address: str | None) -> SandboxRecord:
    """One that is ready, and has this network."""
    network = SandboxNetwork(mode, address)
    return SandboxRecord("id", "uid", "shop", "web", 0, True, 0, None, None, Origin("pods.json"), network)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("1.8", "1.9", (), id="nothing"),
        pytest.param("1.9", "1.10", (SandboxLoss.NETWORK_MODE,), id="a mode that is not told is a mode"),
        pytest.param("1.10", "1.9", (), id="and none again"),
        pytest.param("1.23", "1.24", (SandboxLoss.DOCKERSHIM,), id="no dockershim any more"),
        pytest.param("1.24", "1.23", (), id="what runs elsewhere stays there"),
        pytest.param("1.24", "1.25", (), id="no network is no missing address"),
        pytest.param("1.25", "1.24", (SandboxLoss.ADDRESS,), id="and one again"),
        pytest.param("1.9", "1.25", (SandboxLoss.NETWORK_MODE, SandboxLoss.DOCKERSHIM), id="what is skipped adds up"),
        pytest.param("1.30", "1.31", (), id="nothing today"),
    ],
)
def test_a_step(old: str, new: str, expected: tuple[SandboxLoss, ...]) -> None:
    assert sandbox_losses(build(old), build(new)) == expected


def test_every_pair_is_as_the_kubelets_decide() -> None:
    """Of a sandbox that tells nothing where one of the conditions asks."""
    asked = {SandboxLoss.NETWORK_MODE: (None, "", True), SandboxLoss.ADDRESS: (NetworkMode.POD, None, False)}
    for old, new in permutations([newest_build(minor, CATALOG) for minor in CATALOG.minors()], 2):
        for loss, (mode, address, host) in asked.items():
            seen = (sandbox(mode, address),)
            kept, lost = (sandbox_changed(seen, one.decisions, host_network=host) is None for one in (old, new))
            assert (loss in sandbox_losses(old, new)) == (kept and not lost), (old.minor, new.minor, loss)
