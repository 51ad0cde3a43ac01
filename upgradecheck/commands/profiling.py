"""The running containers of the pods given as profiles (hashing.schemas.pairs): what matrix and path count.

The pods stream by, each reduced at once, as for a plan. A matrix asks what kubelets make of specs, whatever runs; a path begins with what
runs, and so with what the runtime has recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.templates import AS_WRITTEN
from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.fast.containers import Found
from upgradecheck.hashing.schemas.makers import Makers
from upgradecheck.hashing.schemas.pairs import REFUSED, Numbers, Profile, Way, profiles
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import Absent, ContainerRecord, PodSource, PodView, RunState
from upgradecheck.model.schema import HashClass
from upgradecheck.planning.deciding import uid_made_by_kubelet
from upgradecheck.planning.replicas import number_of
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.joining import ExaminedView, JoinedPod, PodJoiner, state_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.ways import PodServers
from upgradecheck.reading.pod import ReadPod, Taken, fast_pods
from upgradecheck.sources import Source

_RUNS = (RunState.RUNNING, RunState.UNREPORTED)

_MOST_KEPT = 4096

UIDs = tuple[tuple[str, ...], ...]
"""What becomes of a static pod's UID, from class to class (see hashing.schemas.hops.Tracked)."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """What a runtime has recorded of a container: the number of its hash in the profile, None where no minor makes it. absent: it has
    none.

    open: two records say otherwise, or whose it is cannot be told.
    """

    number: int | None = None
    absent: bool = False
    open: bool = False


class ProfiledContainer(msgspec.Struct, frozen=True, gc=False):
    """A running container, in all ways in which API servers may make it; record is None where none was given."""

    ways: tuple[Way, ...]
    record: Record | None = None


class ProfiledPod(msgspec.Struct, frozen=True, gc=False):
    """A pod that is not finished: its running containers. static: a kubelet makes its UID; uids: what becomes of that.

    number: how many pods it stands for, where it is a template.
    """

    pod: JoinedPod
    containers: tuple[ProfiledContainer, ...]
    static: bool
    uids: UIDs | None
    number: int = 1


class Profiled(msgspec.Struct, frozen=True, gc=False):
    """How many pods there were, finished ones too, and of templates their replicas; what was not seen; and remarks.

    unmade: how many manifests and templates there were.
    """

    pods: int
    missing: tuple[Missing, ...]
    remarks: tuple[str, ...]
    unmade: int = 0


class _Container(msgspec.Struct, frozen=True, gc=False):
    """A container of a document."""

    name: str
    ways: tuple[Way, ...]


Hashes = tuple[tuple[int, ...], ...]
"""Of each container, in the order of their numbers in its profile; none where it has several."""


class _Read(msgspec.Struct, frozen=True, gc=False):
    """The containers of a document, one and the same value for replicas, and their hashes."""

    containers: tuple[_Container, ...]
    hashes: Hashes = ()


class _Found(msgspec.Struct, frozen=True, gc=False):
    """What a pod's document comes to. hashes: where the runtime's records are looked at."""

    containers: tuple[_Container, ...]
    hashes: Hashes
    uids: UIDs | None


def profile_pods(
    source: Source,
    classes: Sequence[HashClass],
    take: Callable[[ProfiledPod], None],
    servers: PodServers,
    *,
    uids_of: Callable[[ReadPod], UIDs] | None = None,
    unused: str | None,
    number: int = 0,
) -> Profiled:
    """Gives every pod to take. uids_of: of a pod that is none of an API server's.

    classes: one of each minor, oldest first. unused: what is said where records of a runtime were given; None where they are used.
    number: how many pods there are, as far as that is known.

    Raises:
        InputError: there is no pod.
    """
    joiner, known, refused, unmade = PodJoiner(), dict[bytes, _Found](), list[Missing](), 0
    profiles_of = _Profiles(classes, servers, number)
    for pod in source.pods():
        try:
            view, found = pod.view, profiles_of.of(pod)
        except SpecRefused as error:
            refused.append(Missing(f"the pod in {pod.origin}", f"it cannot be read and is not counted ({error})"))
            continue
        if not found.containers:  # what such a pod's status shows to run is unknown, and not left out
            found = _Read(tuple(_Container(status.name, (Way((REFUSED,) * len(classes)),)) for status in view.statuses))
            becomes = "its containers are unknown" if found.containers else "it is not counted"
            refused.append(Missing(f"the pod in {pod.origin}", f"it has no container that one of these minors could read: {becomes}"))
            if not found.containers:
                continue
        unmade += pod.is_unmade
        uids = None if uids_of is None or view.source is PodSource.API else uids_of(pod)
        digest = profiles_of.digest(found, uids)
        known[digest] = _Found(found.containers, () if unused is not None else found.hashes, uids)
        joiner.add(ExaminedView(view, SpecFacts(), digest))
    facts = source.all_facts()
    records = Records(facts.containers, facts.sandboxes) if unused is None else None
    pods, any_pod = 0, False
    for joined in joiner.drain():
        copies, any_pod = number_of(joined.spec.view.replicas, len(facts.nodes)), True
        pods += copies
        if copies and joined.status.phase not in ("Failed", "Succeeded"):
            take(_profiled(joined, known[joined.spec.digest], copies, records))
    if not any_pod:
        raise InputError(f"{', '.join(facts.names)}: no pod in it, so nothing can be counted. Leave -f out for the versions alone.")
    told = [unused] if unused is not None and (facts.containers or facts.sandboxes) else []
    missing = (*facts.missing, *refused)
    notices = (notice.removesuffix(AS_WRITTEN) if unmade else notice for notice in facts.notices)
    return Profiled(pods, missing, (*notices, *told, *(f"{one.what} is missing: {one.reason}." for one in missing)), unmade)


class _Profiles:
    """Makes the containers of pods. Those of replicas are the same but for their hashes, of which a profile says only which are equal."""

    def __init__(self, classes: Sequence[HashClass], servers: PodServers, number: int = 0) -> None:
        """number: so many pods are expected."""
        self._builds = tuple(KubeletBuild(one, 0) for one in classes)  # whatever the patch: nothing is defaulted
        self._fast = fast_pods(tuple(dict.fromkeys(classes)))
        self._fast.expects(number)
        self._servers = servers
        self._known: dict[tuple[Found, Makers], _Read] = {}
        self._digests: dict[int, tuple[tuple[_Container, ...], bytes]] = {}

    def of(self, pod: ReadPod) -> _Read:
        """The containers of a pod, in all ways in which an API server may make it."""
        ways = tuple(self._servers.ways(pod))
        if len(ways) == 1:
            [(makers, maker)] = ways
            made = self._of_replica(pod, makers) if maker is None else None
            return _read(profiles(self._hashed(pod, maker)), makers) if made is None else made
        each = [(makers, profiles(self._hashed(pod, maker))) for makers, maker in ways]
        named = max((found for _, found in each), key=len)
        minors = len(self._builds)
        return _Read(tuple(_Container(name, tuple(_way(name, found, makers, minors) for makers, found in each)) for name, _, _ in named))

    def digest(self, read: _Read, uids: UIDs | None) -> bytes:
        """Tells what documents come to apart."""
        known = self._digests.get(id(read.containers))
        if known is None or known[0] is not read.containers:
            if len(self._digests) >= _MOST_KEPT:
                self._digests.clear()
            known = self._digests[id(read.containers)] = read.containers, _digest(repr(read.containers))
        return _digest(f"{known[1]!r} {read.hashes} {uids}")

    def _of_replica(self, pod: ReadPod, makers: Makers) -> _Read | None:
        """By the fast path, None where the exact one has to tell; that is so, too, where two texts have one hash."""
        from_api = _taken(pod) is Taken.FROM_API
        try:
            fast = guarded(lambda: pod.fast_by(self._fast, self._builds))
            made = None if fast is None else guarded(lambda: fast.made(from_api=from_api))
        except SpecRefused:
            return None
        if made is None or len(set(made[1])) < len(made[1]):
            return None
        found, hashes = made
        known = self._known.get((found, makers))
        if known is None:
            known = _read(profiles(self._by_place(found)), makers)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[found, makers] = known
        return _Read(known.containers, tuple([tuple([hashes[place] for place in places]) for places in known.hashes]))

    def _by_place(self, found: Found) -> Iterator[list[HashedContainer]]:
        """The containers with the places of their texts for hashes."""
        for build in self._builds:
            yield [HashedContainer(row.name, row.kind, Hash(row.text), None) for row in found.rows[build.hash_class]]

    def _hashed(self, pod: ReadPod, maker: KubeletBuild | None) -> Iterator[Sequence[HashedContainer] | None]:
        """The containers as each class has them, as far as it does."""
        taken = _taken(pod)
        pod.expect(self._builds)
        for build in self._builds:
            try:
                yield pod.hashed(build, taken, maker)
            except SpecRefused:
                yield None


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _read(found: Sequence[tuple[str, Profile, Numbers]], makers: Makers) -> _Read:
    containers = tuple(_Container(name, (Way(profile, makers),)) for name, profile, _ in found)
    return _Read(containers, tuple(tuple(one.number for one in numbers) for _, _, numbers in found))


def _taken(pod: ReadPod) -> Taken:
    return Taken.FROM_API if pod.view.source is PodSource.API else Taken.AS_WRITTEN


def _way(name: str, found: Iterable[tuple[str, Profile, Numbers]], makers: Makers, classes: int) -> Way:
    """A container as one API server makes it; refused where that refuses the pod."""
    return Way(next((profile for each, profile, _ in found if each == name), (REFUSED,) * classes), makers)


def _profiled(joined: JoinedPod, found: _Found, number: int, records: Records | None) -> ProfiledPod:
    view = joined.spec.view
    static = view.source is not PodSource.API and uid_made_by_kubelet(view)
    running = tuple(_running(joined.status, found, records))
    return ProfiledPod(joined, running, static, found.uids if static else None, number)


def _running(status: PodView, found: _Found, records: Records | None) -> Iterator[ProfiledContainer]:
    for one, hashes in zip(found.containers, found.hashes or repeat(()), strict=False):
        record = None if records is None else records.find(status, one.name)
        if state_of(record, status, one.name)[0] in _RUNS:
            doubt = records is not None and (records.in_doubt(status, one.name) or (record is not None and records.disputes(record)))
            yield ProfiledContainer(one.ways, Record(open=True) if doubt else None if record is None else _recorded(record, hashes))


def _recorded(record: ContainerRecord, hashes: tuple[int, ...]) -> Record:
    if isinstance(record.hash, Absent):
        return Record(absent=True)
    made = record.hash.hash.number
    return Record(hashes.index(made) if made in hashes else None)
