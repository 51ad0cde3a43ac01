"""The running containers of the pods given as profiles (hashing.schemas.pairs): what matrix and path count.

The pods stream by, each reduced at once, as for a plan. A matrix asks what kubelets make of specs, whatever runs; a path begins with what
runs, and so with what the runtime has recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.schemas.pairs import REFUSED, Numbers, Profile, profiles
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
    """A running container; record is None where none was given."""

    profile: Profile
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
    """How many pods there were, finished ones too, and of templates their replicas; what was not seen; and remarks."""

    pods: int
    missing: tuple[Missing, ...]
    remarks: tuple[str, ...]


class _Found(msgspec.Struct, frozen=True, gc=False):
    """What a pod's document comes to."""

    containers: tuple[tuple[str, Profile, Numbers], ...]
    uids: UIDs | None


def profile_pods(
    source: Source,
    classes: Sequence[HashClass],
    take: Callable[[ProfiledPod], None],
    *,
    uids_of: Callable[[ReadPod], UIDs] | None = None,
    unused: str | None,
) -> Profiled:
    """Gives every pod to take. uids_of: of a pod that is none of an API server's.

    classes: one of each minor, oldest first. unused: what is said where records of a runtime were given; None where they are used.

    Raises:
        InputError: there is no pod.
    """
    joiner, known, refused = PodJoiner(), dict[bytes, _Found](), list[Missing]()
    for pod in source.pods():
        try:
            view, found = pod.view, profiles(_hashed(pod, classes))
        except SpecRefused as error:
            refused.append(Missing(f"the pod in {pod.origin}", f"it cannot be read and is not counted ({error})"))
            continue
        if not found:  # what such a pod's status shows to run is unknown, and not left out
            found = tuple((status.name, (REFUSED,) * len(classes), dict[Hash, int]()) for status in view.statuses)
            becomes = "its containers are unknown" if found else "it is not counted"
            refused.append(Missing(f"the pod in {pod.origin}", f"it has no container that one of these minors could read: {becomes}"))
            if not found:
                continue
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
    return Profiled(pods, missing, (*facts.notices, *told, *(f"{one.what} is missing: {one.reason}." for one in missing)))


def _hashed(pod: ReadPod, classes: Iterable[HashClass]) -> Iterator[Sequence[HashedContainer] | None]:
    """The containers as each class has them, as far as it does."""
    taken = Taken.FROM_API if pod.view.source is PodSource.API else Taken.AS_WRITTEN
    builds = [KubeletBuild(hash_class, 0) for hash_class in classes]  # whatever the patch: nothing is defaulted
    pod.expect(builds)
    for build in builds:
        try:
            yield pod.hashed(build, taken)
        except SpecRefused:
            yield None


def _profiled(joined: JoinedPod, found: _Found, number: int, records: Records | None) -> ProfiledPod:
    view = joined.spec.view
    static = view.source is not PodSource.API and uid_made_by_kubelet(view)
    running = tuple(_running(joined.status, found.containers, records))
    return ProfiledPod(joined, running, static, found.uids if static else None, number)


def _running(status: PodView, found: Iterable[tuple[str, Profile, Numbers]], records: Records | None) -> Iterator[ProfiledContainer]:
    for name, profile, numbers in found:
        record = None if records is None else records.find(status, name)
        if state_of(record, status, name)[0] in _RUNS:
            doubt = records is not None and (records.in_doubt(status, name) or (record is not None and records.disputes(record)))
            yield ProfiledContainer(profile, Record(open=True) if doubt else None if record is None else _recorded(record, numbers))


def _recorded(record: ContainerRecord, numbers: Numbers) -> Record:
    return Record(absent=True) if isinstance(record.hash, Absent) else Record(numbers.get(record.hash.hash))
