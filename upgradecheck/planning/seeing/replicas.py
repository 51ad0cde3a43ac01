"""Replicas: pods of which all is known but what is their own, so that 150,000 of them are kept as little more than that.

Of none of them there is a runtime's record (views.py).

A kind is what they have in common (kinds.py tells which pods do): the facts and the view of one of them, and how the others' hashes are
made. What a replica is asked for, view, facts and digest, it makes of its kind and its own; it is what would be found of its document, or
there is no replica.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.fast.outlines import Outline, Runs
from upgradecheck.hashing.fast.templates import Hashed
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Origin, PodView, Workload
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.reading.digest import OpenedSpec, whole

Pair = tuple[int, int]
"""The texts that the two kubelets hash of a container, by their places; the first is -1 where the running one does not know it."""


class Kind:
    """What some pods have in common.

    view, facts, digest: those of the first of them. hashed: what is hashed of the containers, and pairs: which texts are whose.
    apart: the pairs of which the two hashes are made of different texts, with whether those of the first pod are equal.
    """

    __slots__ = ("apart", "digest", "facts", "hashed", "names", "opened", "pairs", "view")

    def __init__(
        self, view: PodView, facts: SpecFacts, digest: OpenedSpec, hashed: tuple[Hashed, ...], pairs: tuple[Pair, ...], *, opened: bool
    ) -> None:
        self.view, self.facts, self.digest, self.hashed, self.pairs, self.opened = view, facts, digest, hashed, pairs, opened
        self.names = "\n".join(status.name for status in view.statuses).encode()
        both = zip(pairs, facts.containers, strict=True)
        self.apart = tuple((*pair, one.from_hashes == one.to_hashes) for pair, one in both if pair[0] >= 0 and pair[0] != pair[1])

    def replica(self, outline: Outline, origin: Origin, workload: Workload, labels: Mapping[str, str]) -> Replica | None:
        """A pod of this kind; None where its token's volume is named in a status, or two hashes are equal in it alone, or but in it."""
        hole = outline.hole
        if hole and hole in self.names:
            return None
        hashes = tuple([Hash(text.hash(hole)) for text in self.hashed])
        for before, after, equal in self.apart:
            if (hashes[before] == hashes[after]) != equal:
                return None
        return Replica(self, outline.uid, outline.name, outline.node, hole, outline.created, outline.runs, hashes, origin, workload, labels)


class Replica(msgspec.Struct, frozen=True, gc=False):
    """A pod of a kind, and what is its own. created: as it is written. Of one status each, in the order of the view's: runs."""

    kind: Kind
    uid: str
    name: str
    node: str
    hole: bytes
    created: str | None
    runs: Runs
    hashes: tuple[Hash, ...]
    origin: Origin
    workload: Workload
    labels: Mapping[str, str]

    @property
    def namespace(self) -> str:
        return self.kind.view.namespace

    @property
    def view(self) -> PodView:
        """As its document gives it."""
        of = self.kind.view
        statuses = tuple(
            replace(status, container_id=identity, started_at=since, restart_count=restarts)
            for status, (identity, since, restarts) in zip(of.statuses, self.runs, strict=True)
        )
        return replace(
            of,
            uid=self.uid,
            name=self.name,
            node=self.node,
            origin=self.origin,
            workload=self.workload,
            labels=self.labels,
            statuses=statuses,
        )

    @property
    def facts(self) -> SpecFacts:
        """As its document gives them."""
        of, hashes = self.kind.facts, self.hashes
        containers = tuple(
            replace(one, from_hashes=() if before < 0 else (hashes[before],), to_hashes=(hashes[after],))
            for one, (before, after) in zip(of.containers, self.kind.pairs, strict=True)
        )
        assert of.request is not None
        request = replace(of.request, uid=self.uid, created=self.created, node_name=self.node)
        return replace(of, containers=containers, request=request)

    @property
    def digest(self) -> bytes:
        """Of its spec, as ReadPod.digest."""
        of = self.kind.digest
        return whole(of.digest, self.node, self.hole if self.kind.opened else of.hole)
