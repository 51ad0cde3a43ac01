"""Kubelets beside API servers, by upstream's version-skew policy."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.skew import SkewTrouble, skew_trouble
from upgradecheck.decode.kubelet.version import reported_version

NEWER = "A kubelet must not be newer than its API server: upgrade the API server first."
OLDER = "Upgrade those kubelets: upstream does not test them with this API server."
OTHER = "Give a known version with --from."


@pytest.mark.parametrize(
    ("kubelet", "server", "expected"),
    [
        pytest.param("v1.30.14", "v1.30.2", None, id="the same minor, whatever the patch"),
        pytest.param("v1.24.17", "v1.26.15", None, id="two minors are allowed to every kubelet"),
        pytest.param(
            "v1.24.17", "v1.27.16",
            SkewTrouble("v1.24.17 is 3 minors older than the API server, where the version-skew policy allows 2", OLDER),
            id="three are not, up to 1.24",
        ),
        pytest.param("v1.25.16", "v1.28.15-eks-1", None, id="three are allowed from 1.25 on"),
        pytest.param("v1.31.0", "v1.30.14", SkewTrouble("v1.31.0 is newer than the API server", NEWER), id="newer"),
        pytest.param("v1.31.0", None, None, id="a server that does not say its version"),
        pytest.param("v1.31.0", "main", None, id="a server whose version cannot be read"),
        pytest.param("v1.99.0", "v1.31.0", SkewTrouble("v1.99.0 is not known here, so pods there are unknown in a plan", OTHER), id="a minor to come"),
        pytest.param("none", "v1.31.0", SkewTrouble("none is not known here, so pods there are unknown in a plan", OTHER), id="no version"),
    ],
)  # fmt: skip
def test_skew(kubelet: str, server: str | None, expected: SkewTrouble | None) -> None:
    assert skew_trouble(reported_version(kubelet), None if server is None else reported_version(server), CATALOG) == expected
