"""How many given containers restart for every pair of minors, if the first one had started them.

A container is hashed once per minor and kept as its *profile*: which minors make the same hash of it. Replicas share a profile,
so that all pairs are judged once per profile and not once per container.

For kinds that the first minor does not compare, any earlier minor may have started the container; only if all of them lead to
the same answer is that the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.difference import knows_more
from upgradecheck.hashing.schemas.makers import RESTART, SAFE, UNKNOWN, WHOEVER, Makers, whoever_makes_it
from upgradecheck.model.changes import PairCounts, UIDChange
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import ContainerKind, Era, HashClass
from upgradecheck.model.version import Minor

_MOST_MET = 4096
REFUSED = "refused"
"""In a profile: the minor's decoder refuses the pod."""

Seen = tuple[ContainerKind, int]
"""What a container is to a minor, and a number that minors share which make the same hash of it."""

Profile = tuple[Seen | str | None, ...]
"""One entry for each minor in order; None where the minor does not know the container (ephemeral ones before 1.16)."""


Numbers = Mapping[Hash, int]
"""Those of the hashes that minors make of a container."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """A container as some API servers may make it of a manifest; as it is, where its pod is there already."""

    profile: Profile
    makers: Makers = WHOEVER


def profiles(hashed: Iterable[Sequence[HashedContainer] | None]) -> tuple[tuple[str, Profile, Numbers], ...]:
    """The name and profile of each container of a pod, and the numbers in it; none if every minor refuses it.

    hashed: the containers as classes have them, one of each minor, oldest first; None where it refuses the pod.
    """
    found = list(hashed)
    longest: Sequence[HashedContainer] = max((containers for containers in found if containers is not None), key=len, default=())
    return tuple((one.name, *_profile(found, index)) for index, one in enumerate(longest))


def _profile(found: Sequence[Sequence[HashedContainer] | None], index: int) -> tuple[Profile, Numbers]:
    numbers: dict[Hash, int] = {}
    entries: list[Seen | str | None] = []
    for containers in found:
        if containers is None:
            entries.append(REFUSED)
        elif index >= len(containers):
            entries.append(None)
        else:
            one = containers[index]
            entries.append((one.kind, numbers.setdefault(one.hash, len(numbers))))
    return tuple(entries), numbers


class PairCounter(msgspec.Struct):
    """Collects profiles and counts. classes are those that the profiles were made with, one of each minor, oldest first."""

    classes: tuple[HashClass, ...]
    _seen: Counter[tuple[int, bool, bool]] = msgspec.field(default_factory=Counter)
    _different: dict[tuple[Way, ...], int] = msgspec.field(default_factory=dict)
    _met: dict[int, tuple[tuple[Way, ...], int]] = msgspec.field(default_factory=dict)
    """By identity: replicas have the same, and to tell that two are equal takes a while."""

    def add(self, ways: tuple[Way, ...], *, lossy: bool, static: bool = False, number: int = 1) -> None:
        """One running container, in all ways in which it may have been made, or as many equal ones.

        lossy: its spec was only seen through a kubelet, which drops fields that it does not know. static: a kubelet makes the UID of
        its pod, so that it goes with the pod where that becomes another one.
        """
        met = self._met.get(id(ways))
        if met is None or met[0] is not ways:
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            met = self._met[id(ways)] = ways, self._different.setdefault(ways, len(self._different))
        self._seen[met[1], lossy, static] += number

    def counts(self, old: Minor, new: Minor, change: UIDChange) -> PairCounts:
        """Of the containers that new compares, how many restart, stay, or cannot be told. change: what the step does to UIDs."""
        places = {one.minor: place for place, one in enumerate(self.classes)}
        verdicts: Counter[str] = Counter()
        different = tuple(self._different)
        for (index, lossy, static), number in self._seen.items():
            ways = different[index]
            found = ((way.makers, self._verdict(way.profile, places[old], places[new], lossy=lossy)) for way in ways)
            verdict = whoever_makes_it(found, old, new)
            if verdict is not None:
                refused = any(REFUSED in (way.profile[places[old]], way.profile[places[new]]) for way in ways)
                verdicts[_of_static(verdict, change) if static and not refused else verdict] += number
        return PairCounts(verdicts[RESTART], verdicts[SAFE], verdicts[UNKNOWN])

    def _verdict(self, profile: Profile, old: int, new: int, *, lossy: bool) -> str | None:
        """``restart``, ``safe`` or ``unknown``; None if new does not compare the container."""
        before, after = profile[old], profile[new]
        if before is None or after is None:
            return None
        if not isinstance(before, tuple) or not isinstance(after, tuple):
            told = next((entry for entry in (after, before) if isinstance(entry, tuple)), None)
            kind = told[0] if told is not None else ContainerKind.APP
            return UNKNOWN if kind in self.classes[new].schema.kinds_compared else None
        if after[0] not in self.classes[new].schema.kinds_compared:
            return None
        outcomes = {number == after[1] for number in self._carried(profile, before, old)}
        if len(outcomes) > 1:
            return UNKNOWN
        if not outcomes.pop():
            return RESTART
        return UNKNOWN if lossy and self._may_hide_fields(old, new) else SAFE

    def _carried(self, profile: Profile, before: Seen, old: int) -> set[int]:
        """The hashes that the container may carry."""
        if before[0] in self.classes[old].schema.kinds_compared:
            return {before[1]}
        earlier = (entry for entry in profile[: old + 1] if isinstance(entry, tuple))
        return {number for kind, number in earlier if kind is before[0]}

    def _may_hide_fields(self, old: int, new: int) -> bool:
        schema = self.classes[new].schema
        return schema.era is not Era.IMAGE_NAME and knows_more(self.classes[old].schema, schema)


def _of_static(verdict: str, change: UIDChange) -> str:
    """What becomes of a container whose pod has its UID from a kubelet; which pods a conditional step touches is not asked here."""
    match change:
        case UIDChange.ALL:
            return RESTART
        case UIDChange.NONE:
            return verdict
        case UIDChange.CONDITIONAL:
            return RESTART if verdict == RESTART else UNKNOWN


def minors_needed(wanted: Iterable[Minor], known: Mapping[Minor, HashClass]) -> tuple[Minor, ...]:
    """The minors to hash under so that pairs of the wanted ones can be judged: also those that may have started what runs.

    Those are needed only where a wanted minor compares a kind that another wanted one knows and does not compare.
    """
    needed = set(wanted)
    kinds = [(known[minor].schema.kinds_known, known[minor].schema.kinds_compared) for minor in needed]
    newly = {kind for seen, compared in kinds for kind in seen - compared if any(kind in others for _, others in kinds)}
    newest = max(needed, default=None)
    for minor, hash_class in known.items():
        if newest is not None and minor <= newest and newly & hash_class.schema.kinds_known:
            needed.add(minor)
    return tuple(sorted(needed))
