"""What given containers carry from hop to hop of an upgrade, and what each hop makes of them.

A container that a hop restarts carries the hash of that hop's kubelet; one that is kept carries its old one, and is compared with it at
the next hop. A kubelet that compares a kind leaves every container of it with its own hash, either way: it had that hash, or was started
anew. So what a hop costs depends on the hops before only for kinds that a kubelet on the way leaves alone (sidecars before 1.32), and for
pods that one of them refuses. What such a container carries is remembered as the set of hashes that it may carry.

Where a runtime has recorded the hash of a container, the first hop compares that one. A hash that no kubelet up to the running one makes of
the spec at hand is of another spec, and says nothing to one that hashes all of it; one that hashes image and name alone compares it all
the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.hashing.difference import knows_more
from upgradecheck.hashing.schemas.makers import RESTART, SAFE, UNKNOWN, WHOEVER, Makers
from upgradecheck.hashing.schemas.pairs import REFUSED, Profile
from upgradecheck.model.schema import ContainerKind, Era, HashClass

KEPT, CHANGED = "kept", "changed"
"""What becomes of the UID of a static pod; UNKNOWN (of makers) where that cannot be told."""

Carried = frozenset[int]
"""The numbers (see Profile) of the hashes that a container may carry; empty where any may be."""

ANY: Carried = frozenset()
ABSENT = -1
"""Of a container without a recorded hash: no kubelet makes that."""
_OF_ANOTHER_SPEC = -2


class Tracked(msgspec.Struct, frozen=True, gc=False):
    """A container, as far as its hops depend on it.

    lossy: its spec was only seen through a kubelet, which drops fields that it does not know. uids: of a pod whose UID a kubelet makes,
    what becomes of the UID from minor to minor, a row for each place of the old one; None for any other pod. recorded: what it carries
    now, by the runtime's record; None where there is none, or where that is what its kubelet makes of it. makers: the API servers that may
    make it so of a manifest.
    """

    profile: Profile
    lossy: bool = False
    uids: tuple[tuple[str, ...], ...] | None = None
    recorded: Carried | None = None
    makers: Makers = WHOEVER


Ways = tuple[Tracked, ...]
"""A container in every way in which API servers may make it; mostly one."""


def carried_by(profile: Profile, number: int | None, place: int) -> Carried:
    """What a recorded hash is to a container's hops from a place on. number: its own in the profile, None where it is not there."""
    made = number is not None and any(isinstance(entry, tuple) and entry[1] == number for entry in profile[: place + 1])
    return frozenset({number if made and number is not None else _OF_ANOTHER_SPEC - (0 if number is None else number + 1)})


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a hop makes of a container: ``restart``, ``safe``, ``unknown``, or None where the new kubelet does not compare it."""

    verdict: str | None
    carried: Carried


class Hops(msgspec.Struct, frozen=True, gc=False):
    """Hops between minors; classes are those that profiles were made with, oldest first, and a place is a place in them."""

    classes: tuple[HashClass, ...]

    def at_start(self, one: Tracked, place: int) -> Carried:
        """What a container carries that runs under a kubelet which nobody upgraded yet."""
        return self.as_made(one, place) if one.recorded is None else one.recorded

    def as_made(self, one: Tracked, place: int) -> Carried:
        """The same, as if no record were known."""
        seen = one.profile[place]
        if not isinstance(seen, tuple):
            return ANY
        if self._compares(place, seen[0]):
            return frozenset({seen[1]})
        earlier = (entry for entry in one.profile[: place + 1] if isinstance(entry, tuple))
        return frozenset(number for kind, number in earlier if kind is seen[0])

    def hop(self, one: Tracked, carried: Carried, old: int, new: int) -> Outcome:
        """What becomes of a container from one kubelet to another, up or down."""
        before, after = one.profile[old], one.profile[new]
        uid = KEPT if one.uids is None or REFUSED in (before, after) else one.uids[old][new]
        if not isinstance(after, tuple):
            return Outcome(self._unseen(before, after, new), carried if after is None else ANY)
        if not self._compares(new, after[0]):
            return Outcome(None, _left_alone(carried, uid, after[1]))
        by_name = self.classes[new].schema.era is Era.IMAGE_NAME
        verdict = self._compared(_taken(carried, by_name=by_name), after[1], hidden=one.lossy and self._may_hide(old, new))
        return Outcome(None if before is None else _of_uid(verdict, uid), frozenset({after[1]}))

    def remembers(self, one: Tracked, places: Sequence[int]) -> bool:
        """Whether what the container carries after hops between these places may depend on which those were."""
        if one.recorded is not None:
            return True
        return not all(isinstance(entry, tuple) and self._compares(place, entry[0]) for place in places for entry in [one.profile[place]])

    def is_ever_compared(self, one: Tracked) -> bool:
        """Whether any of the kubelets may compare the container."""
        return any(
            self._compares(place, entry[0]) if isinstance(entry, tuple) else entry == REFUSED for place, entry in enumerate(one.profile)
        )

    def _compares(self, place: int, kind: ContainerKind) -> bool:
        return kind in self.classes[place].schema.kinds_compared

    def _unseen(self, before: object, after: object, new: int) -> str | None:
        """The new kubelet refuses the pod, or does not know the container."""
        if after is None or before is None:
            return None
        kind = before[0] if isinstance(before, tuple) else ContainerKind.APP
        return UNKNOWN if self._compares(new, kind) else None

    def _compared(self, carried: Carried, made: int, *, hidden: bool) -> str:
        if len(carried) != 1:
            return RESTART if carried and made not in carried else UNKNOWN
        if made not in carried:
            return RESTART
        return UNKNOWN if hidden else SAFE

    def _may_hide(self, old: int, new: int) -> bool:
        """Whether a field that the spec's view does not show may be hashed by one of the two only."""
        one, other = self.classes[old].schema, self.classes[new].schema
        return Era.IMAGE_NAME not in (one.era, other.era) and (knows_more(one, other) or knows_more(other, one))


def _taken(carried: Carried, *, by_name: bool) -> Carried:
    """What is carried, to a kubelet that hashes image and name alone, or all of a spec: the hash of another spec is anything to that."""
    if not any(number <= _OF_ANOTHER_SPEC for number in carried):
        return carried
    if not by_name:
        return ANY
    return frozenset(_OF_ANOTHER_SPEC - number - 1 if number < _OF_ANOTHER_SPEC else number for number in carried)


def _left_alone(carried: Carried, uid: str, made: int) -> Carried:
    """What a container carries that the new kubelet does not compare: it goes with its pod, or stays as it was."""
    if uid == CHANGED:
        return frozenset({made})
    return carried | {made} if uid == UNKNOWN and carried else carried


def _of_uid(verdict: str, uid: str) -> str:
    """With what becomes of its pod: another UID ends it, whatever its hash."""
    if uid == CHANGED:
        return RESTART
    return UNKNOWN if uid == UNKNOWN and verdict == SAFE else verdict
