"""A node's history to test with, and its neighbours."""

from __future__ import annotations

from pathlib import Path

from tests.builders import as_version
from upgradecheck.checkpoint.history import began
from upgradecheck.checkpoint.operations import Author, WrittenCheckpoint, record_start
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, NodeIdentity
from upgradecheck.model.times import SECOND
from upgradecheck.safekeeping.system import REAL, System

DAY = 86_400 * SECOND
JANUARY = 1_704_873_600 * SECOND
"""2024-01-10T08:00:00Z."""
NODE = NodeIdentity("worker-1", "5f2c1de2b0a14d0f9a3e0d6b8c7a6f10", "4c4c4544-0038-4b10-8053-b7c04f4b4d32")
OTHER = NodeIdentity("worker-2", "00000000000000000000000000000002")
NEW_FORMAT_BODY = b'{"format_version":"2.0","kind":"Checkpoint","something":"new"}\n'
BY_HAND = b"""\
node: worker-1
history:
  - {kubeletVersion: v1.19.16, startTime: 2024-01-10T08:00:00Z}
  - {kubeletVersion: v1.20.15, startTime: 2024-06-02T21:30:00Z}
"""


def start(version: str, days: float, **changes: object) -> KubeletStart:
    """A kubelet that started so many days after the first."""
    return KubeletStart(as_version(version), JANUARY + int(days * DAY), **changes)  # type: ignore[arg-type]


HISTORY = (
    start("v1.19.16", 0, git_commit="e37e4ab4cc8dcda84f1344dda47a97bb1927d074", boot_id="b1", feature_gates={"A": True}),
    start("v1.20.15", 144),
)
NEXT = start("v1.22.17", 200)


def checkpoint(history: tuple[KubeletStart, ...] = HISTORY, node: NodeIdentity = NODE) -> Checkpoint:
    """The first state of a file."""
    return began(node, history, "upgradecheck test")


def author(node: NodeIdentity = NODE, *, force: bool = False) -> Author:
    """The node itself, a year later."""
    return Author(node, "upgradecheck test", JANUARY + 365 * DAY, force)


def record(path: Path, *starts: KubeletStart, system: System = REAL) -> WrittenCheckpoint:
    """Starts recorded one after the other; what the last one wrote."""
    store = CheckpointStore(path, system)
    for each in starts[:-1]:
        record_start(store, each, author())
    return record_start(store, starts[-1], author())
