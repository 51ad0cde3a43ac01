"""PersistentVolumes, by the claims that they are bound to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.volumes import bound_volume
from upgradecheck.model.claims import BoundVolume
from upgradecheck.model.errors import SpecRefused

CLAIM = {"namespace": "shop", "name": "data"}


def raw(**spec: Any) -> bytes:
    return json.dumps({"kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": spec}).encode()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(
            {"claimRef": CLAIM, "nfs": {"server": "x"}}, BoundVolume("pv-1", "shop", "data", frozenset({"claimRef", "nfs"})), id="nfs"
        ),
        pytest.param(
            {"claimRef": CLAIM, "csi": {"driver": "d"}, "nfs": None},
            BoundVolume("pv-1", "shop", "data", frozenset({"claimRef", "csi"}), "d"),
            id="csi, by its driver",
        ),
        pytest.param({"nfs": {}}, None, id="bound to nothing"),
        pytest.param({"claimRef": {"namespace": "shop"}}, None, id="bound to no name"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_what_a_volume_tells(spec: dict[str, Any], expected: BoundVolume | None) -> None:
    assert bound_volume(raw(**spec)) == expected


def test_a_claim_of_another_type_is_refused() -> None:
    with pytest.raises(SpecRefused):
        bound_volume(raw(claimRef="data"))
