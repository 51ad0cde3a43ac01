"""Checkpoints that cannot speak for a node: another's, an older state, one that misses a start."""

from __future__ import annotations

from msgspec.structs import replace

from tests.builders import as_version
from tests.unit.checkpoint.samples import HISTORY, NODE, OTHER
from upgradecheck.model.checkpoint import Checkpoint, NodeIdentity, ProblemKind
from upgradecheck.planning.evidence.staleness import is_foreign, is_older, is_stale


def test_foreign_older_and_stale_are_three_things() -> None:
    first = Checkpoint("l", 3, NODE, HISTORY)
    foreign = is_foreign(first, OTHER)
    older = is_older(first, replace(first, serial=4))
    stale = is_stale(first, as_version("v1.22.17"))
    assert foreign is not None
    assert older is not None
    assert stale is not None
    assert (foreign.kind, older.kind, stale.kind) == (ProblemKind.FOREIGN, ProblemKind.OLDER_SERIAL, ProblemKind.STALE)
    assert len({foreign.remedy, older.remedy, stale.remedy}) == 3
    assert is_foreign(first, NodeIdentity("WORKER-1")) is None
    assert is_foreign(first, NodeIdentity("worker-1", "another")) is not None
    assert is_older(first, replace(first, lineage="m", serial=9)) is None
    assert is_stale(first, as_version("1.20.15")) is None
