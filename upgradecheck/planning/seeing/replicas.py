"""Replicas: pods of which all is known but what is their own, so that 150,000 of them are kept as little more than that.

Of what a runtime's lists show of them listed.py tells; a recorded hash is the one that the running kubelet makes.

A kind is what they have in common (kinds.py tells which pods do): the facts and the view of one of them, and how the others' hashes are
made. What a replica is asked for, view, facts and digest, it makes of its kind and its own; it is what would be found of its document, or
there is no replica.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.fast.outlines import Outline, Runs
from upgradecheck.hashing.fast.templates import Hashed, Known
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import ContainerRecord, Origin, PodView, Workload
from upgradecheck.planning.evidence.past import Past, Written
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.listed import UNLISTED, Listed, hashes, listed_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.reading.digest import OpenedSpec, whole

Pair = tuple[int, int]
"""The texts that the two kubelets hash of a container, by their places; the first is -1 where the running one does not know it."""


class Made(msgspec.Struct, frozen=True, gc=False):
    """What is hashed of the containers of a kind, each different text once, and by their places which are whose.

    earlier: of each container the text of each kubelet that its node's history names, -1 where that does not know it, None where it
    cannot be told.
    """

    texts: tuple[Hashed, ...]
    pairs: tuple[Pair, ...]
    earlier: tuple[tuple[int | None, ...], ...]


class Kind:
    """What some pods have in common.

    view, facts, digest: those of the first of them. apart: the pairs of which the two hashes are made of different texts, with whether
    those of the first pod are equal. hashed: each text, and its hash where that is of all. before: by the name of a container, the place of
    the running kubelet's text. writing: as written, of the hashes of a pod, behind which None and no hash stand.
    """

    __slots__ = (
        "apart",
        "before",
        "digest",
        "facts",
        "hashed",
        "history",
        "listed_names",
        "names",
        "opened",
        "pairs",
        "statuses",
        "view",
        "writing",
        "written",
    )

    def __init__(self, view: PodView, facts: SpecFacts, digest: OpenedSpec, made: Made, *, opened: bool) -> None:
        self.view, self.facts, self.digest, self.pairs, self.opened = view, facts, digest, made.pairs, opened
        self.written, self.history = made.earlier, any(made.earlier)
        self.writing = tuple([_picking(places, len(made.texts)) for places in made.earlier])
        self.hashed = tuple((text, Hash(text.hash(b"")) if isinstance(text, Known) else None) for text in made.texts)
        self.listed_names = tuple(status.name for status in view.statuses)
        self.names = "\n".join(self.listed_names).encode()
        both = zip(made.pairs, facts.containers, strict=True)
        self.apart = tuple((*pair, one.from_hashes == one.to_hashes) for pair, one in both if pair[0] >= 0 and pair[0] != pair[1])
        places = {one.name: pair[0] for one, pair in zip(facts.containers, made.pairs, strict=True)}
        self.before = tuple(places.get(status.name, -1) for status in view.statuses)
        by_name = {status.name: place for place, status in enumerate(view.statuses)}
        self.statuses = tuple(by_name.get(one.name) for one in facts.containers)

    def replica(
        self,
        outline: Outline,
        origin: Origin,
        workload: Workload,
        labels: Mapping[str, str],
        listed: Listed = UNLISTED,
        past: Past | None = None,
        *,
        plain: bool = False,
    ) -> Replica | None:
        """A pod of this kind; None where its token's volume is named in a status, where hashes are equal in it alone, or but in it, and
        where it carries another hash than the running kubelet makes.
        """
        hole = outline.hole
        if hole and hole in self.names:
            return None
        made = tuple([Hash(text.hash(hole)) if known is None else known for text, known in self.hashed])
        for before, after, equal in self.apart:
            if (made[before] == made[after]) != equal:
                return None
        if self.history and len(set(made)) != len(made):
            return None
        for place, recorded in hashes(listed.records):
            if self.before[place] < 0 or recorded != made[self.before[place]]:
                return None
        return Replica(
            self,
            outline.uid,
            outline.name,
            outline.node,
            hole,
            outline.created,
            outline.runs,
            made,
            origin,
            workload,
            labels,
            listed.within,
            past,
            plain,
        )


def _picking(places: Sequence[int | None], hashes: int) -> Callable[[tuple[Any, ...]], Written]:
    """Gets what stands at some places; behind so many hashes None stands, and what stands for no hash last."""
    at = [hashes if place is None else place for place in places]
    if len(at) > 1:
        return itemgetter(*at)
    return lambda told: tuple([told[place] for place in at])


class Replica(msgspec.Struct, frozen=True, gc=False):
    """A pod of a kind, and what is its own. created: as it is written. runs: of one status each, in the order of the view's. within: the
    records that its own are among, None where no list shows it. past: its node's history. is_plain: its names and IDs are known to be
    (``alike.is_plain``).
    """

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
    within: Records | None = None
    past: Past | None = None
    is_plain: bool = False

    @property
    def namespace(self) -> str:
        return self.kind.view.namespace

    @property
    def records(self) -> tuple[ContainerRecord | None, ...]:
        """Of each status, where any list shows the pod; they are not kept here, for those of packed lists are unpacked each time."""
        return () if self.within is None else listed_of(self.within, self.uid, self.kind.listed_names)

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
            replace(
                one,
                from_hashes=() if before < 0 else (hashes[before],),
                to_hashes=(hashes[after],),
                written=written,
            )
            for one, (before, after), written in zip(of.containers, self.kind.pairs, self.written, strict=True)
        )
        assert of.request is not None
        request = replace(of.request, uid=self.uid, created=self.created, node_name=self.node)
        return replace(of, containers=containers, request=request, past=self.past)

    @property
    def written(self) -> tuple[Written, ...]:
        """Of each container what the kubelets of its node's history would have written."""
        told = (*[(one,) for one in self.hashes], None, ())
        return tuple([places(told) for places in self.kind.writing])

    @property
    def digest(self) -> bytes:
        """Of its spec, as ReadPod.digest."""
        of = self.kind.digest
        return whole(of.digest, self.node, self.hole if self.kind.opened else of.hole, self.name if of.name else "")
