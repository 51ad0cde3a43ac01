"""Replicas: pods of which all is known but what is their own, so that 150,000 of them are kept as little more than that.

Of what a runtime's lists show of them listed.py tells; a recorded hash is the one that the running kubelet makes.

A kind is what they have in common (kinds.py tells which pods do): the facts and the view of one of them, and how the others' hashes are
made. What a replica is asked for, view, facts and digest, it makes of its kind and its own, which is a row of values; it is what would be
found of its document, or there is no replica.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from sys import intern
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kube.workloads import UNMANAGED
from upgradecheck.hashing.fast.outlines import Outline, Runs
from upgradecheck.hashing.fast.templates import Filling, Hashed
from upgradecheck.hashing.fast.valued import Valued
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import ContainerRecord, Origin, PodView, RunState, Workload
from upgradecheck.planning.evidence.past import Past, Written
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.listed import UNLISTED, Listed, listed_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.reading.digest import OpenedSpec, whole

Pair = tuple[int, int]
"""The texts that the two kubelets hash of a container, by their places; the first is -1 where the running one does not know it."""


Values: TypeAlias = "tuple[Any, ...]"
"""What is a replica's own: its name, UID and node, the name of its workload, when it was created (as it is written), the numbers of its
hashes, and of each status, in the order of the view's, its ID, its start as it is written, and the digits of its restarts."""
BASE, OF_STATUS = 5, 3


class Texts(msgspec.Struct, frozen=True, gc=False):
    """The texts that a pod has of its own in its containers, and the digest of its spec."""

    values: tuple[bytes, ...]
    spec: bytes


class Made(msgspec.Struct, frozen=True, gc=False):
    """What is hashed of the containers of a kind, each different text once, and by their places which are whose.

    texts: or what makes the hashes of all of them by the texts that are open in the containers, and the end of the token's volume.
    earlier: of each container the text of each kubelet that its node's history names, -1 where that does not know it, None where it
    cannot be told.
    """

    texts: tuple[Hashed, ...] | Valued
    pairs: tuple[Pair, ...]
    earlier: tuple[tuple[int | None, ...], ...]


class Kind:
    """What some pods have in common. by_texts: their hashes are made of texts that each of them has of its own, too.

    view, facts, digest: those of the first of them. apart: the pairs of which the two hashes are made of different texts, with whether
    those of the first pod are equal. filling: the texts, with those hashes that are of all. before: by the name of a container, the
    place of the running kubelet's text. number: how many texts there are. running: how many containers do by their statuses. writing: as
    written, of the hashes of a pod, behind which None and no hash stand.
    """

    __slots__ = (
        "apart",
        "before",
        "by_texts",
        "digest",
        "facts",
        "filling",
        "history",
        "listed_names",
        "names",
        "number",
        "opened",
        "pairs",
        "running",
        "statuses",
        "view",
        "writing",
        "written",
    )

    def __init__(self, view: PodView, facts: SpecFacts, digest: OpenedSpec, made: Made, *, opened: bool) -> None:
        self.view, self.facts, self.digest, self.pairs, self.opened = view, facts, digest, made.pairs, opened
        self.written, self.history = made.earlier, any(made.earlier)
        self.number = len(made.texts)
        self.writing = tuple([_picking(places, self.number) for places in made.earlier])
        self.by_texts = isinstance(made.texts, Valued)
        self.filling = made.texts if isinstance(made.texts, Valued) else Filling(made.texts)
        self.listed_names = tuple(status.name for status in view.statuses)
        self.names = "\n".join(self.listed_names)
        self.running = sum([status.state is RunState.RUNNING for status in view.statuses])
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
        common: Common,
        listed: Listed = UNLISTED,
        past: Past | None = None,
    ) -> Replica | None:
        """A pod of this kind; None as of filled."""
        own = outline.name, outline.uid, outline.node, outline.hole.decode(), outline.created
        return self.filled((*own, *(value for run in outline.runs for value in run)), origin, common, listed, past=past)

    def filled(
        self,
        told: Values,
        origin: Origin,
        common: Common,
        listed: Listed = UNLISTED,
        texts: Texts | None = None,
        past: Past | None = None,
    ) -> Replica | None:
        """A pod of this kind; None where its token's volume is named in a status, where hashes are equal in it alone, or but in it, and
        where it carries another hash than the running kubelet makes.

        told: its name, UID, node, the end of its token's volume, when it was created, and three of each status, as Values has them.
        texts: where the kind is by texts. past: the history of its node.
        """
        name, uid, node, ending, created, *runs = told
        if ending and ending in self.names:
            return None
        made = self._hashes(ending.encode(), texts)
        if made is None:
            return None
        for before, after, equal in self.apart:
            if (made[before] == made[after]) != equal:
                return None
        if self.history and len(set(made)) != len(made):
            return None
        for place, recorded in listed.hashes:
            if self.before[place] < 0 or recorded != made[self.before[place]]:
                return None
        runs[1::OF_STATUS] = [since and intern(since) for since in runs[1::OF_STATUS]]
        runs[2::OF_STATUS] = map(str, runs[2::OF_STATUS])
        owner = name if common.owner is None else common.owner.name
        own = name, uid, intern(node), owner, created and intern(created), *made, *runs
        spec = None if texts is None else texts.spec
        return Replica(self, common, own, ending, origin, listed.within, listed.as_told, past, spec)

    def _hashes(self, ending: bytes, texts: Texts | None) -> list[int] | None:
        if isinstance(self.filling, Filling):
            return self.filling.hashes(ending) if texts is None else None
        return None if texts is None else self.filling.hashes((*texts.values, ending))


def _picking(places: Sequence[int | None], hashes: int) -> Callable[[tuple[Any, ...]], Written]:
    """Gets what stands at some places; behind so many hashes None stands, and what stands for no hash last."""
    at = [hashes if place is None else place for place in places]
    if len(at) > 1:
        return itemgetter(*at)
    return lambda told: tuple([told[place] for place in at])


class Common(msgspec.Struct, frozen=True, gc=False):
    """What some replicas of a kind have in common besides. owner: their workload, None where each is its own.

    is_plain: their names and IDs are known to be (``alike.is_plain``).
    """

    owner: Workload | None
    labels: Mapping[str, str]
    is_plain: bool = False


class Replica(msgspec.Struct, frozen=True, gc=False):
    """A pod of a kind, and what is its own. within: the records that its own are among, None where no list shows it; as_told: as of
    Listed. past: the history of its node. spec: its digest, where texts in it are its own.
    """

    kind: Kind
    common: Common
    own: Values
    hole: str
    origin: Origin
    within: Records | None = None
    as_told: bool = False
    past: Past | None = None
    spec: bytes | None = None

    @property
    def name(self) -> str:
        name: str = self.own[0]
        return name

    @property
    def uid(self) -> str:
        uid: str = self.own[1]
        return uid

    @property
    def node(self) -> str:
        node: str = self.own[2]
        return node

    @property
    def created(self) -> str | None:
        """As it is written."""
        created: str | None = self.own[4]
        return created

    @property
    def workload(self) -> Workload:
        owner = self.common.owner
        return Workload(UNMANAGED, self.own[3]) if owner is None else owner

    @property
    def labels(self) -> Mapping[str, str]:
        return self.common.labels

    @property
    def hashes(self) -> tuple[Hash, ...]:
        return tuple([Hash(number) for number in self.own[BASE : BASE + self.kind.number]])

    @property
    def runs(self) -> Runs:
        """Of each status its ID, its start and its restarts."""
        return tuple(map(self.run, range(len(self.kind.listed_names))))

    def run(self, place: int) -> tuple[str | None, str | None, int]:
        """The same of one status."""
        begin = BASE + self.kind.number + OF_STATUS * place
        identity, since, restarts = self.own[begin : begin + OF_STATUS]
        return identity, since, int(restarts)

    @property
    def namespace(self) -> str:
        return self.kind.view.namespace

    @property
    def records(self) -> tuple[ContainerRecord | None, ...]:
        """Of each status, where any list shows the pod; they are not kept here, for those of packed lists are unpacked each time."""
        return () if self.within is None else listed_of(self.within, self.uid, self.kind.listed_names)

    @property
    def ids(self) -> Sequence[str | None]:
        """Of each status the ID of its container."""
        ids: Sequence[str | None] = self.own[BASE + self.kind.number :: OF_STATUS]
        return ids

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
        if self.spec is not None:
            return self.spec
        of = self.kind.digest
        return whole(of.digest, self.node, self.hole.encode() if self.kind.opened else of.hole, self.name if of.name else "")
