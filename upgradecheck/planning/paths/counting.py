"""The containers of the pods given, as far as hops depend on them: equal ones counted together, and by workload.

A state is what those containers carry whose next hop depends on the hops before; of all others it depends on the two minors alone, so
that their counts are made once for each pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upgradecheck.hashing.schemas.hops import Carried, Hops, Tracked, Ways
from upgradecheck.hashing.schemas.makers import RESTART, SAFE, UNKNOWN, whoever_makes_it
from upgradecheck.model.changes import PairCounts
from upgradecheck.model.paths import WorkloadCounts
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import Workload
from upgradecheck.model.schema import HashClass
from upgradecheck.model.version import Minor
from upgradecheck.planning.paths.searching import Cost

State = tuple[tuple[Carried, ...], ...]

Owner = tuple[str, Workload]
"""A workload and its namespace."""


class Fleet:
    """The containers given, under hops between minors."""

    def __init__(self, hops: Hops) -> None:
        self._hops = hops
        self._places = {one.minor: place for place, one in enumerate(hops.classes)}
        self._owners: dict[Ways, Counter[Owner]] = {}
        self._split: tuple[tuple[Ways, ...], tuple[Ways, ...]] | None = None
        self._alike: dict[tuple[Minor, Minor], Counter[str]] = {}
        self.pods = 0
        self.recorded = 0
        self.missing: tuple[Missing, ...] = ()

    @property
    def classes(self) -> tuple[HashClass, ...]:
        """Those that profiles are made with, oldest first."""
        return self._hops.classes

    def add(self, one: Ways, owner: Owner, number: int = 1) -> None:
        """One running container, or as many equal ones."""
        self._owners.setdefault(one, Counter())[owner] += number
        self._split = None

    def as_made(self, one: Tracked, place: int) -> Carried:
        """What a container carries that the kubelet of a place has started, or has compared."""
        return self._hops.as_made(one, place)

    def start(self, minor: Minor) -> State:
        """What containers carry under the kubelet that runs now."""
        _, remembering = self._parts()
        return tuple(self._at_start(one, minor) for one in remembering)

    def hop(self, state: State, old: Minor, new: Minor) -> tuple[PairCounts, State]:
        """What a hop makes of all, and what they carry then."""
        verdicts, left = self._of_others(old, new).copy(), list[tuple[Carried, ...]]()
        for one, carried in zip(self._parts()[1], state, strict=True):
            verdict, after = self._hop(one, carried, old, new)
            left.append(after)
            if verdict is not None:
                verdicts[verdict] += self._owners[one].total()
        return PairCounts(verdicts[RESTART], verdicts[SAFE], verdicts[UNKNOWN]), tuple(left)

    def cost(self, state: State, old: Minor, new: Minor) -> tuple[Cost, State]:
        """What a hop costs: containers that restart, or may; those that do for sure; and the hop itself."""
        counts, left = self.hop(state, old, new)
        return (counts.restart + counts.unknown, counts.restart, 1), left

    def workloads(self, state: State, old: Minor, new: Minor) -> tuple[WorkloadCounts, ...]:
        """Whose containers a hop restarts, or may restart; those with most first."""
        restart, unknown = Counter[Owner](), Counter[Owner]()
        for one, verdict in self._verdicts(state, old, new):
            if verdict in (RESTART, UNKNOWN):
                (restart if verdict == RESTART else unknown).update(self._owners[one])
        found = (
            WorkloadCounts(namespace, workload.kind, workload.name, restart[namespace, workload], unknown[namespace, workload])
            for namespace, workload in {**restart, **unknown}
        )
        return tuple(sorted(found, key=lambda one: (-one.restart, -one.unknown, one.namespace, one.kind, one.name)))

    def _at_start(self, one: Ways, minor: Minor) -> tuple[Carried, ...]:
        return tuple(self._hops.at_start(way, self._places[minor]) for way in one)

    def _hop(self, one: Ways, carried: tuple[Carried, ...], old: Minor, new: Minor) -> tuple[str | None, tuple[Carried, ...]]:
        """What is said of a container at a hop, and what it carries then in each way."""
        before, after = self._places[old], self._places[new]
        outcomes = [self._hops.hop(way, its, before, after) for way, its in zip(one, carried, strict=True)]
        found = ((way.makers, outcome.verdict) for way, outcome in zip(one, outcomes, strict=True))
        return whoever_makes_it(found, old, new), tuple(outcome.carried for outcome in outcomes)

    def _verdicts(self, state: State, old: Minor, new: Minor) -> Iterator[tuple[Ways, str | None]]:
        others, remembering = self._parts()
        for one in others:
            yield one, self._hop(one, self._at_start(one, old), old, new)[0]
        for one, carried in zip(remembering, state, strict=True):
            yield one, self._hop(one, carried, old, new)[0]

    def _of_others(self, old: Minor, new: Minor) -> Counter[str]:
        known = self._alike.get((old, new))
        if known is None:
            known = Counter[str]()
            for one in self._parts()[0]:
                verdict, _ = self._hop(one, self._at_start(one, old), old, new)
                known[verdict or ""] += self._owners[one].total()
            self._alike[old, new] = known
        return known

    def _parts(self) -> tuple[tuple[Ways, ...], tuple[Ways, ...]]:
        """Those whose hops depend on two minors alone, and the others."""
        if self._split is None:
            places = range(len(self._hops.classes))
            compared = [one for one in self._owners if any(map(self._hops.is_ever_compared, one))]
            remembering = tuple(one for one in compared if any(self._hops.remembers(way, places) for way in one))
            known = frozenset(remembering)
            self._split = tuple(one for one in compared if one not in known), remembering
            self._alike.clear()
        return self._split
