"""The running containers of the pods given as profiles (hashing.schemas.pairs): what matrix and path count.

The pods stream by, each reduced at once, as for a plan. A matrix asks what kubelets make of specs, whatever runs; a path begins with what
runs, and so with what the runtime has recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from upgradecheck.decode.kube.templates import AS_WRITTEN
from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.schemas.makers import Makers
from upgradecheck.hashing.schemas.pairs import REFUSED, Numbers, Profile, Way, profiles
from upgradecheck.model.errors import InputError, SpecRefused
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
from upgradecheck.reading.pod import ReadPod, Taken
from upgradecheck.sources import Source

_RUNS = (RunState.RUNNING, RunState.UNREPORTED)

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
    """A container of a document. numbers: of the hashes in its profile, where there is only one."""

    name: str
    ways: tuple[Way, ...]
    numbers: Numbers


class _Found(msgspec.Struct, frozen=True, gc=False):
    """What a pod's document comes to."""

    containers: tuple[_Container, ...]
    uids: UIDs | None


def profile_pods(
    source: Source,
    classes: Sequence[HashClass],
    take: Callable[[ProfiledPod], None],
    servers: PodServers,
    *,
    uids_of: Callable[[ReadPod], UIDs] | None = None,
    unused: str | None,
) -> Profiled:
    """Gives every pod to take. uids_of: of a pod that is none of an API server's.

    classes: one of each minor, oldest first. unused: what is said where records of a runtime were given; None where they are used.

    Raises:
        InputError: there is no pod.
    """
    joiner, known, refused, unmade = PodJoiner(), dict[bytes, _Found](), list[Missing](), 0
    for pod in source.pods():
        try:
            view, found = pod.view, _containers(pod, classes, servers)
        except SpecRefused as error:
            refused.append(Missing(f"the pod in {pod.origin}", f"it cannot be read and is not counted ({error})"))
            continue
        if not found:  # what such a pod's status shows to run is unknown, and not left out
            found = tuple(_Container(status.name, (Way((REFUSED,) * len(classes)),), {}) for status in view.statuses)
            becomes = "its containers are unknown" if found else "it is not counted"
            refused.append(Missing(f"the pod in {pod.origin}", f"it has no container that one of these minors could read: {becomes}"))
            if not found:
                continue
        unmade += pod.is_unmade
        uids = None if uids_of is None or view.source is PodSource.API else uids_of(pod)
        digest = hashlib.blake2b(repr((found, uids)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known[digest] = _Found(found, uids)
        joiner.add(ExaminedView(view, SpecFacts(), digest))
    facts = source.all_facts()
    records = Records(facts.containers, facts.sandboxes) if unused is None else None
    pods, any_pod = 0, False
    for joined in joiner.drain():
        number, any_pod = number_of(joined.spec.view.replicas, len(facts.nodes)), True
        pods += number
        if number and joined.status.phase not in ("Failed", "Succeeded"):
            take(_profiled(joined, known[joined.spec.digest], number, records))
    if not any_pod:
        raise InputError(f"{', '.join(facts.names)}: no pod in it, so nothing can be counted. Leave -f out for the versions alone.")
    told = [unused] if unused is not None and (facts.containers or facts.sandboxes) else []
    missing = (*facts.missing, *refused)
    notices = (notice.removesuffix(AS_WRITTEN) if unmade else notice for notice in facts.notices)
    return Profiled(pods, missing, (*notices, *told, *(f"{one.what} is missing: {one.reason}." for one in missing)), unmade)


def _containers(pod: ReadPod, classes: Sequence[HashClass], servers: PodServers) -> tuple[_Container, ...]:
    """The containers of a pod, in all ways in which an API server may make it."""
    ways = [(makers, profiles(_hashed(pod, classes, maker))) for makers, maker in servers.ways(pod)]
    if len(ways) == 1:
        return tuple(_Container(name, (Way(profile, ways[0][0]),), numbers) for name, profile, numbers in ways[0][1])
    named = max((found for _, found in ways), key=len)
    return tuple(_Container(name, tuple(_way(name, found, makers, len(classes)) for makers, found in ways), {}) for name, _, _ in named)


def _way(name: str, found: Iterable[tuple[str, Profile, Numbers]], makers: Makers, classes: int) -> Way:
    """A container as one API server makes it; refused where that refuses the pod."""
    return Way(next((profile for each, profile, _ in found if each == name), (REFUSED,) * classes), makers)


def _hashed(pod: ReadPod, classes: Iterable[HashClass], maker: KubeletBuild | None) -> Iterator[Sequence[HashedContainer] | None]:
    """The containers as each class has them, as far as it does."""
    taken = Taken.FROM_API if pod.view.source is PodSource.API else Taken.AS_WRITTEN
    builds = [KubeletBuild(hash_class, 0) for hash_class in classes]  # whatever the patch: nothing is defaulted
    pod.expect(builds)
    for build in builds:
        try:
            yield pod.hashed(build, taken, maker)
        except SpecRefused:
            yield None


def _profiled(joined: JoinedPod, found: _Found, number: int, records: Records | None) -> ProfiledPod:
    view = joined.spec.view
    static = view.source is not PodSource.API and uid_made_by_kubelet(view)
    running = tuple(_running(joined.status, found.containers, records))
    return ProfiledPod(joined, running, static, found.uids if static else None, number)


def _running(status: PodView, found: Iterable[_Container], records: Records | None) -> Iterator[ProfiledContainer]:
    for one in found:
        record = None if records is None else records.find(status, one.name)
        if state_of(record, status, one.name)[0] in _RUNS:
            doubt = records is not None and (records.in_doubt(status, one.name) or (record is not None and records.disputes(record)))
            yield ProfiledContainer(one.ways, Record(open=True) if doubt else None if record is None else _recorded(record, one.numbers))


def _recorded(record: ContainerRecord, numbers: Numbers) -> Record:
    return Record(absent=True) if isinstance(record.hash, Absent) else Record(numbers.get(record.hash.hash))
