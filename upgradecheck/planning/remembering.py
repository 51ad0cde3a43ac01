"""Decisions, remembered: what a kubelet does with one replica it does with all of its kind.

A kind's pods have one spec, one step, one state, and records of one shape (seeing/kinds.py); what is a replica's own, its names, its times
and the numbers of its hashes, decides nothing, and is put into the plan of the first one. What its node's history says of each container is
asked first, and replicas of which it says the same, but for times, have one decision (evidence/standing.py). That is made as always, and
again so, which must give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import zip_longest
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import Comparable
from upgradecheck.decode.kube.workloads import UNMANAGED
from upgradecheck.model.alike import FIRST, OF_EACH, Own, is_plain, own_values, time_told
from upgradecheck.model.checkpoint import Fact
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, Evidence, PlannedContainer
from upgradecheck.model.pod import ContainerRecord, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import is_told
from upgradecheck.planning.before import told_start
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.evidence.lives import Birth
from upgradecheck.planning.evidence.past import Lived, Written, birth_told, born
from upgradecheck.planning.evidence.standing import Spot, Standing, Standings
from upgradecheck.planning.rows import Alike, AnyRow, Row, decided
from upgradecheck.planning.seeing.joining import JoinedPod, as_joined, state_of
from upgradecheck.planning.seeing.listed import made_of
from upgradecheck.planning.seeing.podstate import ever_comparable, init_done
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import BASE, OF_STATUS, Kind, Replica

Past = Lived | Reason | None
"""What the history of a node is worth, as told_by of containers.py has it."""
Facts = tuple[tuple[Fact, ...], ...]
"""What a history says of each container, none where it says nothing of any."""
_NOTHING = Standing(None)
CREATED = 4
"""Where that stands among a replica's own; behind all in a row."""


class _Container(msgspec.Struct, frozen=True, gc=False):
    """A planned container of the first replica, and where the others have what is their own: which status is its, which texts are hashed.

    Each place is None where the container has no such thing. told: its facts are what the history says, by its place in the spec.
    """

    planned: PlannedContainer
    status: int | None
    carried: int | None
    before: int | None
    after: int | None
    told: int | None

    def of(self, replica: Replica, facts: Facts) -> PlannedContainer:
        planned, hashes = self.planned, replica.hashes
        evidence, computed = planned.evidence, planned.computed
        if self.carried is not None:
            evidence = Evidence(evidence.grade, hashes[self.carried], evidence.creator, evidence.by_history)
        if self.before is not None or self.after is not None:
            computed = Computed(
                None if self.before is None else hashes[self.before],
                None if self.after is None else hashes[self.after],
            )
        told = planned.facts if self.told is None else facts[self.told]
        if self.status is None:
            return replace(planned, evidence=evidence, computed=computed, facts=told)
        identity, started, restarts = _runs(replica)[self.status]
        return replace(
            planned,
            container_id=identity,
            evidence=evidence,
            computed=computed,
            facts=told,
            started_at=started,
            restart_count=restarts,
        )


def _runs(replica: Replica) -> list[tuple[str | None, int | None, int]]:
    """Of each status the ID of a container, when it started, and how often anew."""
    found = list[tuple[str | None, int | None, int]]()
    for (identity, since, restarts), record in zip_longest(replica.runs, replica.records):
        if record is None:
            found.append((identity, told_start(since), restarts))
        else:
            found.append((identity, _started(identity, since, record), record.attempt))
    return found


class _Decision:
    """The decision on the first replica of a kind, and its containers.

    alike: those that have all that the first has, and of which no facts are told. picked: what stands in their rows, of what is a replica's
    own, the starts of its statuses and its hashes as rows have them, and what is fixed. tells_facts: of a container facts are told. hashes,
    ids, starts: where those stand; hex: the first's hashes, each with what is written of it. lacks: of each status of the first whether it
    has no ID, then whether it tells no start.
    """

    __slots__ = ("_alike", "_containers", "_fixed", "_hashes", "_hex", "_ids", "_lacks", "_made", "_picked", "_starts", "tells_facts")

    def __init__(self, made: DecidedPod, containers: tuple[_Container, ...], replica: Replica) -> None:
        self._made, self._containers, self._alike = made, containers, Alike(made)
        runs, first = _runs(replica), BASE + replica.kind.number
        self._hashes = slice(BASE, first)
        self._hex = [(number, f"{number:x}") for number in replica.own[self._hashes]]
        self._ids, self._starts = slice(first, None, OF_STATUS), slice(first + 1, None, OF_STATUS)
        self._lacks = _lacking(tuple([one[0] for one in runs]), tuple([one[1] for one in runs]))
        self._fixed = (None, *(own_values(made.pod)[FIRST:] if any(one.status is None for one in containers) else ()))
        self.tells_facts = any(one.told is not None or one.planned.facts for one in containers)
        self._picked = itemgetter(*_picked(containers, replica.kind.number, len(runs)))

    def of(self, replica: Replica, facts: Facts = ()) -> AnyRow:
        """The decision on another one. facts: what its node's history says of each container."""
        own = None if self.tells_facts else self._own(replica)
        return self._whole(replica, facts) if own is None else Row(self._alike, own)

    def _own(self, replica: Replica) -> Own | None:
        """The row of a pod that has the form of the first, as Form has it; None of others. What else of it is its own is so by its kind."""
        owner, of, own = replica.common.owner, self._made.pod.workload.kind, replica.own
        if (UNMANAGED if owner is None else owner.kind) != of:
            return None
        told = starts_told(own[self._starts])
        if replica.within is not None and (None in told or not replica.as_told):
            runs = _runs(replica)
            told = tuple([None if since is None else time_told(since) for _, since, _ in runs])
            own = (*own[: self._ids.start], *(value for identity, _, restarts in runs for value in (identity, None, str(restarts))))
        if _lacking(own[self._ids], told) != self._lacks:
            return None
        both = zip(own[self._hashes], self._hex, strict=True)
        hashes = [text if number == one else f"{number:x}" for number, (one, text) in both]  # what all have is one text
        made: Own = self._picked((*own, *told, *hashes, *self._fixed))
        plain = replica.common.is_plain or is_plain("".join([one for one in made if isinstance(one, str)]))
        return made if plain else None

    def _whole(self, replica: Replica, facts: Facts) -> DecidedPod:
        made = self._made
        pod = replace(
            made.pod,
            name=replica.name,
            uid=replica.uid,
            node=replica.node,
            workload=replica.workload,
            containers=tuple([one.of(replica, facts) for one in self._containers]),
        )
        request = made.request
        if request is not None:
            request = replace(request, uid=replica.uid, created=replica.created, node_name=replica.node)
        return replace(made, pod=pod, request=request)


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """What a history is asked of the containers of a kind that run: the place in the spec, that of the status, and how it was compared."""

    runs: tuple[tuple[int, int, Comparable], ...]
    containers: int


class _Soon:
    """What a history says of the containers of a kind that started between the same ends of lives, and the decision that it makes."""

    __slots__ = ("any_facts", "known", "told")

    def __init__(self, told: tuple[Standing, ...]) -> None:
        self.told, self.any_facts = told, any(one.facts for one in told)
        self.known: _Decision | None = None


class Remembering:
    """The decisions on kinds of pods. decide: how a pod is decided on that is no replica of a known one, given its node's history."""

    def __init__(self, decide: Callable[[JoinedPod, Past], DecidedPod], records: Records) -> None:
        self._decide, self._records = decide, records
        self._known: dict[tuple[object, ...], _Decision | None] = {}
        self._asked: dict[Kind, _Asked] = {}
        self._standings: dict[int, tuple[Lived, Standings]] = {}
        self._alike: dict[Hashable, Standings] = {}
        self._soon: dict[tuple[Standings, Kind, tuple[Spot | None, ...]], _Soon] = {}

    def of(self, replica: Replica, past: Past = None) -> AnyRow:
        """The decision on a replica whose records are its own."""
        if not isinstance(past, Lived):
            return self._of(replica, past, (replica.kind, past))
        if past.in_force or past.past is not replica.past:
            return self._decide(as_joined(replica), past)
        standings, births = self._standings_of(past), self._births(replica)
        spots = tuple([None if one is None else standings.spot(one) for one in births])
        soon = self._soon.get((standings, replica.kind, spots))
        if soon is None:
            soon = self._soon[standings, replica.kind, spots] = _Soon(self._told(replica, standings, births))
        if soon.known is not None and not soon.known.tells_facts:
            return soon.known.of(replica)
        facts = tuple([one.facts_of(birth) for one, birth in zip(soon.told, births, strict=True)]) if soon.any_facts else ()
        if soon.known is not None:
            return soon.known.of(replica, facts)
        row = self._of(replica, past, (key := (replica.kind, True, *[one.form for one in soon.told])), facts)
        soon.known = self._known.get(key)
        return row

    def _of(self, replica: Replica, past: Past, key: tuple[object, ...], facts: Facts = ()) -> AnyRow:
        """The same, by what of it decisions hang on. facts: what its node's history says of each container, where it says any."""
        known = self._known.get(key)
        if known is not None:
            return known.of(replica, facts)
        made = self._decide(as_joined(replica), past)
        if key in self._known:
            return made
        decision = _decision(made, replica, facts)
        row = made if decision is None else decision.of(replica, facts)
        self._known[key] = decision if decided(row) == made else None
        return row if decided(row) == made else made

    def _told(self, replica: Replica, standings: Standings, births: Sequence[Birth | None]) -> tuple[Standing, ...]:
        """What a node's history says of each container."""
        asked = self._asked_of(replica)
        told = [_NOTHING] * asked.containers
        for index, _, compared in asked.runs:
            birth = births[index]
            if birth is None:
                told[index] = Standing(Reason.HISTORY_NO_START)
                continue
            written = partial(_written, replica, index)
            told[index] = standings.of(birth, (replica.kind, index), compared, written, replica.hashes)
        return tuple(told)

    def _births(self, replica: Replica) -> Sequence[Birth | None]:
        """When each of its containers started; None of those that do not run, or of which nothing tells."""
        asked, own = self._asked_of(replica), replica.own
        births = list[Birth | None]([None] * asked.containers)
        made = made_of(self._records, replica.uid, replica.kind.listed_names) if replica.as_told else None
        if made is not None:
            begin = BASE + replica.kind.number + 1
            for index, place, _ in asked.runs:
                births[index] = born(own[begin + OF_STATUS * place], made[place])
            return births
        records = replica.records
        for index, place, _ in asked.runs:
            births[index] = _birth(replica, place, records[place] if records else None)
        return births

    def _standings_of(self, past: Lived) -> Standings:
        found = self._standings.get(id(past))
        if found is None:
            of = past.past
            alike = self._alike.setdefault((past.lives, tuple(of.places.items()), of.resizes), Standings(past))
            found = self._standings[id(past)] = past, alike
        return found[1]

    def _asked_of(self, replica: Replica) -> _Asked:
        found = self._asked.get(replica.kind)
        if found is None:
            joined = as_joined(replica)
            done = init_done(joined, self._records)
            runs = []
            for index, one in enumerate(joined.spec.facts.containers):
                state, _ = state_of(self._records.find(joined.status, one.name), joined.status, one.name)
                place = replica.kind.statuses[index]
                if state is RunState.RUNNING and place is not None:
                    runs.append((index, place, ever_comparable(joined, one, init_done=done)))
            found = self._asked[replica.kind] = _Asked(tuple(runs), len(joined.spec.facts.containers))
        return found


def _written(replica: Replica, index: int) -> Written:
    return replica.written[index]


@lru_cache(maxsize=4096)
def start_told(since: str | None) -> str | None:
    """When a container started of which only a status tells, as a row has it."""
    started = told_start(since)
    return None if started is None else time_told(started)


@lru_cache(maxsize=4096)
def starts_told(written: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """The same of the statuses of a pod, of which most start together."""
    return tuple(map(start_told, written))


def _lacking(ids: tuple[object, ...], starts: tuple[object, ...]) -> tuple[bool, ...]:
    """Which of some IDs are none, then which of some starts; empty where each is one, as mostly."""
    return tuple([one is None for one in ids + starts]) if None in ids or None in starts else ()


def _birth(replica: Replica, place: int, record: ContainerRecord | None) -> Birth | None:
    identity, since, _ = replica.run(place)
    return birth_told(identity, since, record)


def _started(identity: str | None, since: str | None, record: ContainerRecord) -> int | None:
    """As before.before has it where there is a record."""
    birth = birth_told(identity, since, record)
    return None if birth is None or not is_told(birth.started_at) else birth.started_at


def _decision(made: DecidedPod, replica: Replica, told: Facts) -> _Decision | None:
    """What is remembered of the first decision; None where a hash in it is none of those that kubelets make, or a time not a replica's."""
    containers = []
    pairs = replica.kind.pairs
    for index, planned in enumerate(made.pod.containers):
        before, after = pairs[index] if index < len(pairs) else (-1, -1)
        places = {one: place for place, one in enumerate(replica.hashes)} if replica.kind.history else {}
        places |= {replica.hashes[place]: place for place in (after, before) if place >= 0}
        hashes = planned.evidence.hash, planned.computed.from_hash, planned.computed.to_hash
        if any(one is not None and one not in places for one in hashes):
            return None
        own = index if index < len(told) and planned.facts and planned.facts == told[index] else None
        if own is None and any(fact.time is not None for fact in planned.facts):
            return None
        carried, old, new = (_place(one, places) for one in hashes)
        containers.append(_Container(planned, _status(planned, replica), carried, old, new, own))
    return _Decision(made, tuple(containers), replica)


def _picked(containers: Sequence[_Container], hashes: int, statuses: int) -> Iterator[int]:
    """Where each value of a row stands: among a replica's own, behind these, as rows have them, the starts of its statuses and its hashes,
    then None, then what is fixed.
    """
    first = BASE + hashes
    told = first + OF_STATUS * statuses
    written = told + statuses
    none = written + hashes
    yield from range(FIRST)
    for place, one in enumerate(containers):
        fixed, status = none + 1 + OF_EACH * place, first + OF_STATUS * (one.status or 0)
        identity, since, restarts = (fixed, fixed + 4, fixed + 5) if one.status is None else (status, told + one.status, status + 2)
        yield identity
        yield from (none if of is None else written + of for of in (one.carried, one.before, one.after))
        yield from (since, restarts)
    yield CREATED


def _place(one: Hash | None, places: dict[Hash, int]) -> int | None:
    return None if one is None else places[one]


def _status(planned: PlannedContainer, replica: Replica) -> int | None:
    return next((place for place, status in enumerate(replica.kind.view.statuses) if status.name == planned.name), None)
