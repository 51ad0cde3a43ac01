"""Gates that a step moves are looked for once for kubelets that have the same gates, and for others again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.planning.asking import moved_gates
from upgradecheck.planning.asking.moved_gates import _Moved


def end(version: str, **gates: bool) -> KubeletEnd:
    found = CATALOG.builds(as_version(version))
    return KubeletEnd(as_version(version), tuple(replace(one, feature_gates=gates) for one in found))


ENDS = [
    (end(old, **before), end(new, **after))
    for old, new in (("1.30.14", "1.31.0"), ("1.31.0", "1.30.14"), ("1.30.14", "1.33.1"), ("1.30.14", "1.30.14"))
    for before in ({}, {"SidecarContainers": False}, {"InPlacePodVerticalScaling": True})
    for after in ({}, {"SidecarContainers": False})
]


def told_apart() -> bool:
    """Whether each step has the gates that it has if nothing is known of others."""
    effects = CATALOG.gate_effects().touching
    known = _Moved(effects)
    return all(known.by(*ends) == _Moved(effects).by(*ends) for ends in ENDS)


def test_steps_have_their_own_gates() -> None:
    assert told_apart()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moved_gates, "_gated", lambda one: one.version.minor)
        assert not told_apart()
