"""A node's history of kubelets, ready to say of each container that runs there who created it, and so which hash it carries.

Which kubelets can have run is known before a pod is read (Past), so that hashes under all of them are made while its spec is at hand; when
the containers were seen, only after the last one (Lived).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import Comparable, Look, look_of
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import IN_PLACE_RESIZE
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.checkpoint import KubeletStart
from upgradecheck.model.errors import SpecRefused, UnknownMinor, UnknownVersion
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import ContainerRecord, ContainerStatus
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.evidence.in_force import NOTHING_IN_FORCE, InForce
from upgradecheck.planning.evidence.lives import (
    SECOND,
    Birth,
    Deduced,
    NodeLives,
    can_have_created,
    deduce,
    found_unchanged,
    lives_of,
    with_sighting,
)

Written = tuple[tuple[Hash, ...] | None, ...]
"""What each kubelet of a Past would have written on one container, in its order; None where that cannot be computed."""
_Gates = tuple[tuple[str, bool], ...]
_Kubelet = tuple[str, _Gates]
Builds = tuple[KubeletBuild, ...]
_Built = tuple[KubeletVersion, _Gates]


class Past(msgspec.Struct, frozen=True, gc=False):
    """The history of one node, and what runs there now, None if nobody says.

    reported: the node itself says what runs; else --from does, on whose word no container counts as found unchanged.
    ends: every kubelet that can have run, None where hashdata does not hold it, or nobody knows whether that build is as the release is.
    resizes: one of them resizes in place while it hashes resources, so that a spec at hand need not be the one that was hashed.
    """

    starts: tuple[KubeletStart, ...]
    running: KubeletVersion | None
    reported: bool
    ends: tuple[KubeletEnd | None, ...]
    places: Mapping[_Kubelet, int]
    catalog: SchemaCatalog
    resizes: bool

    def lives(self, now: int) -> NodeLives:
        """The kubelets with their lives; now is when the containers were seen, or somewhat before."""
        return _lives(self.starts, self.running, now, self.catalog, reported=self.reported)


def past_of(history: Sequence[KubeletStart], running: KubeletVersion | None, catalog: SchemaCatalog, *, reported: bool) -> Past:
    """A history, ended with the kubelet that runs."""
    lives = _lives(history, running, history[-1].last_known + 1, catalog, reported=reported)
    kubelets = {_key(life.kubelet): life.kubelet for life in lives.lives}
    ends, resizes = _ends(tuple([(one.kubelet_version, key[1]) for key, one in kubelets.items()]), catalog.builds, catalog.builds_of)
    return Past(tuple(history), running, reported, ends, {key: place for place, key in enumerate(kubelets)}, catalog, resizes)


class Lived(msgspec.Struct, frozen=True, gc=False):
    """A Past, once it is known until when containers were seen, and which overrides are known."""

    past: Past
    lives: NodeLives
    in_force: InForce = NOTHING_IN_FORCE

    def deduce(self, birth: Birth, written: Written, one: Comparable, container_id: str | None = None) -> Deduced:
        """What a container carries that started at birth."""
        natural = container_id is not None and container_id not in self.in_force.written

        def hashes_of(kubelet: KubeletStart) -> frozenset[Hash] | None:
            hashes = written[self.past.places[_key(kubelet)]]
            return None if hashes is None else frozenset(hashes)

        untouched_by = self.in_force.digests if natural else frozenset[str]()
        return deduce(birth, self.lives, hashes_of, partial(self._compares, one), untouched_by)

    def candidates(self, birth: Birth) -> tuple[KubeletVersion, ...]:
        """The kubelets that can have created it, by its start alone."""
        return tuple(dict.fromkeys(kubelet.kubelet_version for kubelet in can_have_created(birth, self.lives)))

    def survived(self, birth: Birth, one: Comparable) -> tuple[KubeletVersion, ...]:
        """The kubelets that have found it unchanged."""
        found = found_unchanged(birth, self.lives, partial(self._compares, one))
        return tuple(dict.fromkeys(kubelet.kubelet_version for kubelet in found))

    def _compares(self, one: Comparable, kubelet: KubeletStart) -> bool:
        end = self.past.ends[self.past.places[_key(kubelet)]]
        return end is not None and not self.past.resizes and look_of(end.builds, one) is Look.YES


def birth_of(status: ContainerStatus | None, record: ContainerRecord | None) -> Birth | None:
    """When a container started, as its status or else its record tells; None if neither does.

    A status cuts seconds off, a record does not: nothing starts before it is created, and both are done by one kubelet.
    """
    return birth_told(None, None, record) if status is None else birth_told(status.container_id, status.started_at, record)


def birth_told(identity: str | None, since: str | None, record: ContainerRecord | None) -> Birth | None:
    """The same by the ID and the start that a status tells, as they are written; None where it tells none, or there is no status."""
    if record is None:
        return born(since, 0)
    return born(since if identity == record.container_id else None, record.created_at)


def born(since: str | None, created: int) -> Birth | None:
    """The same by the start that a status tells of the very container, and when that was made, 0 where nothing tells."""
    started = started_by(since)
    if started > 0:
        return Birth(started, not_before=created if started <= created < started + SECOND else 0)
    return Birth(created) if created > 0 else None


def started_by(since: str | None) -> int:
    """When a container started by what its status says; 0 or less where that is no time."""
    try:
        return nanoseconds(since, "startedAt") if since else 0
    except SpecRefused:
        return 0


def minor_of(creators: Iterable[KubeletVersion]) -> str | None:
    """The minor of the kubelets that can have created a container, where it is one."""
    minors = {str(version.minor) for version in creators}
    return minors.pop() if len(minors) == 1 else None


def _lives(
    history: Sequence[KubeletStart], running: KubeletVersion | None, now: int, catalog: SchemaCatalog, *, reported: bool
) -> NodeLives:
    another = running is not None and running != history[-1].kubelet_version
    starts = with_sighting(history, running, now) if running is not None and (reported or another) else history

    def between(one: KubeletVersion, other: KubeletVersion) -> Sequence[KubeletVersion]:
        return _between(one, other, catalog.minors(), catalog.builds_of)

    return lives_of(starts, between, now if reported else None)


@lru_cache(maxsize=1024)
def _between(
    one: KubeletVersion, other: KubeletVersion, known: tuple[Minor, ...], builds_of: Callable[[Minor], Builds]
) -> Sequence[KubeletVersion]:
    """One release of each kind of kubelet between two versions, both included, whichever is the newer."""
    if one == other:
        return (one,)
    first, last = sorted((one.minor, other.minor))
    minors = (minor for minor in known if first <= minor <= last)
    releases = [build.version for minor in minors for build in builds_of(minor)]
    return tuple(dict.fromkeys((one, *releases, other)))


@lru_cache(maxsize=1024)
def _ends(
    kubelets: tuple[_Built, ...], builds: Callable[[KubeletVersion], Builds], builds_of: Callable[[Minor], Builds]
) -> tuple[tuple[KubeletEnd | None, ...], bool]:
    """Of kubelets the ends, and whether one resizes in place while it hashes resources: the same on many nodes."""
    ends = tuple(_end(version, gates, builds, builds_of) for version, gates in kubelets)
    every = [build for end in ends if end for build in end.builds]
    return ends, any(build.feature_gate(IN_PLACE_RESIZE) and build.schema.hash_without_resources for build in every)


def _end(
    version: KubeletVersion, gates: _Gates, builds: Callable[[KubeletVersion], Builds], builds_of: Callable[[Minor], Builds]
) -> KubeletEnd | None:
    try:
        its = builds(version) if version.patch is not None else builds_of(version.minor)
    except (UnknownMinor, UnknownVersion):
        return None
    if not all(build.vendor.checked for build in its):
        return None
    return KubeletEnd(version, tuple(replace(build, feature_gates=dict(gates)) for build in its) if gates else its)


def _key(kubelet: KubeletStart) -> _Kubelet:
    return kubelet.kubelet_version.text, tuple(sorted((kubelet.feature_gates or {}).items()))
