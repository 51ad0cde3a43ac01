"""``checkpoint record --cluster``: which kubelet each node reports, kept in a checkpoint of each; asked now and then, that is a history.

A Node's version is what its kubelet wrote at the last heartbeat of its conditions, by that machine's clock, so that is when it was seen,
and not the moment of asking: a node that has been dead for a week shows the kubelet of a week ago. Between two sightings of different
kubelets others may have run, which a polled history says. A provider's service that poses as a node has no kubelet, and no file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from upgradecheck import __version__
from upgradecheck.checkpoint import CheckpointStore
from upgradecheck.checkpoint.operations import Author, merge_starts
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.node_identity import node_identity
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.checkpoint import Clock, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.version import KubeletVersion
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.paging import Listing, pages
from upgradecheck.transport.waiting import Limits

SUFFIX = ".checkpoint"
_LISTING = Listing("/api/v1/nodes", "NodeList", "list nodes")
_NAME = pattern(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_A_SECOND = 1
"""How far a heartbeat's time may be off: it is written in whole seconds."""


class Polled(msgspec.Struct, frozen=True, gc=False):
    """What became of one node: whether something new was saved, or what is wrong (problem), in words."""

    node: str
    changed: bool = False
    problem: str = ""
    remarks: tuple[str, ...] = ()


def poll(target: Target, limits: Limits, directory: str, *, force: bool = False) -> tuple[Polled, ...]:
    """Asks a cluster for its nodes, and notes each of them in the directory.

    Raises:
        ClusterError: the nodes cannot be listed to the end; those that came before are noted.
        InputError: the directory cannot be made.
    """
    place = Path(directory)
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise InputError(f"--checkpoint {directory}: no directory can be made there ({error.strerror}). Name another one.") from error
    api = KubeApi(target, limits)
    try:
        found = (_noted(raw, place, force=force) for raw in _nodes(api))
        return tuple(one for one in found if one is not None)
    finally:
        api.close()


def _nodes(api: KubeApi) -> Iterator[bytes]:
    """Every Node once, also where the list begins anew."""
    seen = set[bytes]()
    for page in pages(api, _LISTING, lambda: None):
        for raw in page.items:
            if raw not in seen:
                seen.add(raw)
                yield raw


def _noted(raw: bytes, place: Path, *, force: bool) -> Polled | None:
    try:
        node, facts = guarded(lambda: (node_identity(raw), node_facts(raw, Origin("the live cluster"))))
    except SpecRefused as error:
        return Polled("", problem=f"a Node that cannot be read: {error}")
    if facts.virtual:
        return None
    start = _sighting(node, facts)
    if isinstance(start, str):
        return Polled(node.name, problem=start)
    store = CheckpointStore(place / f"{node.name}{SUFFIX}")
    try:
        written = merge_starts(store, (start,), Author(node, f"upgradecheck {__version__}", time.time_ns(), force))
    except UpgradecheckError as error:
        return Polled(node.name, problem=str(error))
    return Polled(node.name, written.changed, remarks=written.remarks)


def _sighting(node: NodeIdentity, facts: NodeFacts) -> KubeletStart | str:
    """The sighting of a node's kubelet, or why there is none."""
    if not _NAME.fullmatch(node.name):
        return "its name is none that Kubernetes gives, so no file is named after it"
    if not isinstance(facts.kubelet_version, KubeletVersion):
        return "no kubelet has reported its version"
    if not facts.seen_at:
        return "nothing tells when its kubelet reported"
    mode, clock, at = Mode.POLLED, Clock.NODE, facts.seen_at
    return KubeletStart(facts.kubelet_version, at, mode=mode, clock=clock, uncertainty=_A_SECOND, last_seen_time=at)
