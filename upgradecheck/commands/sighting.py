"""The history of kubelets that an agent keeps of its node: it stands in the bundle that the node has published, and goes on from there.

Each process of a kubelet has an entry, with the start that the machine shows and when it was last seen. One that came and went between two
looks is in none, so the history is a polled one: between the last look at one kubelet and the start of the next others may have run.

A kubelet that may not be asked has the version that its Node object reports, once that was written by this very process: after its start,
in this boot, on this machine, by the clock as it is now.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from upgradecheck import __version__
from upgradecheck.checkpoint.history import began, is_same_process, set_back, succeeded, with_sighting
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.node_identity import node_identity
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.logs import Log
from upgradecheck.machine.node import wall_boot_time
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Mode
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin
from upgradecheck.model.times import SECOND
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.in_force import journal_in_force
from upgradecheck.override.state import DEFAULT_DIRECTORY
from upgradecheck.planning.evidence.staleness import is_foreign

_LOG = Log(__name__)
_APART = SECOND // 2
"""A heartbeat's time is cut to whole seconds, so one at the start or after was written after it; half a second is for two clocks that are
read one after the other. Kubelets were seen to write the first one a second after their start, and the next five minutes later.
"""


class Looked(msgspec.Struct, frozen=True, gc=False):
    """What a look needs beside the bundle. node: the Node object, None where it cannot be had; journal: the override in force."""

    node: bytes | None
    journal: str | None = None
    boot_time: int = 0
    now: int = 0


def looked(node: bytes | None, host_root: str | None) -> Looked:
    """What this machine shows now."""
    journal, problem = journal_in_force(str(Path(host_root or "/") / DEFAULT_DIRECTORY.lstrip("/")))
    if problem is not None:
        _LOG.info(problem)
    return Looked(node, journal, wall_boot_time(), time.time_ns())


def with_seen(before: Checkpoint | None, bundle: Bundle, look: Looked) -> Checkpoint | None:
    """The history with the kubelet that this bundle shows; as it was (before) where none runs, or nothing tells its version."""
    foreign = None if before is None else is_foreign(before, bundle.node)
    if foreign is not None:
        _LOG.info(f"the history that was published {foreign.found}: another one begins")
        before = None
    last = None if before is None else before.newest
    start = _sighting(bundle, look, last)
    if start is None:
        return before
    writer = f"upgradecheck {__version__}"
    if before is None:
        return began(bundle.node, with_sighting((), start), writer)
    history = with_sighting(before.history, start)
    return before if history == before.history else succeeded(before, history, writer, bundle.node)


def _sighting(bundle: Bundle, look: Looked, last: KubeletStart | None) -> KubeletStart | None:
    """The kubelet that runs, as an entry; None where none does, or its version is not known for certain."""
    kubelet = bundle.kubelet
    if not kubelet.runs or kubelet.started_at is None or kubelet.started_at > look.now:
        return None

    def entry(version: KubeletVersion) -> KubeletStart:
        return KubeletStart(
            kubelet_version=version,
            start_time=kubelet.started_at or 0,
            mode=Mode.POLLED,
            last_seen_time=look.now,
            boot_id=bundle.boot_id,
            boot_time=look.boot_time,
            since_boot_ms=kubelet.since_boot_ms,
            override_journal=look.journal,
        )

    if kubelet.version is not None:
        return entry(kubelet.version)
    if last is not None and last.boot_id and is_same_process(last, known := entry(last.kubelet_version)):
        return known
    moved = 0 if last is None else set_back(last, entry(last.kubelet_version)) * SECOND
    version = _reported(bundle, look, kubelet.started_at + _APART + moved)
    return None if version is None else entry(version)


def _reported(bundle: Bundle, look: Looked, since: int) -> KubeletVersion | None:
    """The version that the Node object has, where this machine's kubelet wrote it since that time, in this boot."""
    if look.node is None:
        return None
    node = look.node
    try:
        whose, facts = guarded(lambda: (node_identity(node), node_facts(node, Origin("the live cluster"))))
    except SpecRefused as error:
        _LOG.info(f"the Node object tells no version: {error}")
        return None
    other = whose.contradicts(bundle.node) or ("bootID" if not bundle.boot_id or facts.boot_id != bundle.boot_id else None)
    if other is not None or not since <= facts.seen_at <= look.now:
        _LOG.info(
            "the Node object's version is not yet that of the kubelet that runs" if other is None else f"the Node has another {other}"
        )
        return None
    return facts.kubelet_version if isinstance(facts.kubelet_version, KubeletVersion) else None
