"""``matrix``: what restarts for every pair of minors, of the versions alone or for the pods given.

The pods stream by, each reduced at once to profiles (hashing.pairs), as for a plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.commands.opening import open_inputs_of
from upgradecheck.hashing.containers import DecodedContainer
from upgradecheck.hashing.schemas.changes import make_matrix, newest_class
from upgradecheck.hashing.schemas.pairs import REFUSED, PairCounter, Profile, minors_needed, profiles
from upgradecheck.model.changes import Matrix
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import PodSource, PodView, RunState
from upgradecheck.model.schema import HashClass
from upgradecheck.model.version import Minor
from upgradecheck.planning.deciding import uid_made_by_kubelet
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.joining import ExaminedView, JoinedPod, PodJoiner, state_of
from upgradecheck.reading.pod import ReadPod, Taken

_UNUSED = "records of the runtime are not used: a matrix compares what kubelets make of specs."
_RUNS = (RunState.RUNNING, RunState.UNREPORTED)


class MatrixRequest(msgspec.Struct, frozen=True, gc=False):
    """What the user asked of ``matrix``. starts and ends are the minors of the two sides; None: all that are known.

    Without files and example the matrix is one of the versions alone.
    """

    starts: frozenset[Minor] | None = None
    ends: frozenset[Minor] | None = None
    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False


def compare_minors(request: MatrixRequest) -> tuple[Matrix, tuple[str, ...]]:
    """Every pair of the minors asked for, and remarks on the inputs.

    Raises:
        UpgradecheckError: a minor is not known, or the inputs cannot be read or hold no pod.
    """
    catalog = Catalog()
    every = frozenset(catalog.minors())
    matrix = make_matrix(every if request.starts is None else request.starts, every if request.ends is None else request.ends, catalog)
    if not request.files and not request.example:
        return matrix, ()
    known = {minor: newest_class(minor, catalog) for minor in sorted(every) if minor <= max(matrix.minors)}
    counter = PairCounter(tuple(known[minor] for minor in minors_needed(matrix.minors, known)))
    pods, remarks = _count_pods(request, counter)
    cells = tuple(replace(cell, counts=counter.counts(cell.old, cell.new, cell.static_pods.change)) for cell in matrix.cells)
    return replace(matrix, cells=cells, pods=pods), remarks


def between(low: Minor, high: Minor) -> Matrix:
    """Every pair of the known minors from one to another, of the versions alone."""
    catalog = Catalog()
    minors = frozenset(each for each in catalog.minors() if low <= each <= high)
    return make_matrix(minors, minors, catalog)


def _count_pods(request: MatrixRequest, counter: PairCounter) -> tuple[int, tuple[str, ...]]:
    joiner, known, refused = PodJoiner(), dict[bytes, tuple[tuple[str, Profile], ...]](), list[str]()
    with closing(open_inputs_of(request.files, recursive=request.recursive, example=request.example)) as inputs:
        for pod in inputs.pods():
            try:
                view, found = pod.view, profiles(_decoded(pod, counter.classes))
            except SpecRefused as error:
                refused.append(f"the pod in {pod.origin} cannot be read and is not counted ({error}).")
                continue
            if not found:  # what such a pod's status shows to run is unknown, and not left out
                found = tuple((status.name, (REFUSED,) * len(counter.classes)) for status in view.statuses)
                becomes = "its containers are unknown" if found else "it is not counted"
                refused.append(f"the pod in {pod.origin} has no container that one of these minors could read: {becomes}.")
                if not found:
                    continue
            digest = hashlib.blake2b(repr(found).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known[digest] = found
            joiner.add(ExaminedView(view, SpecFacts(), digest))
        facts = inputs.all_facts()
        missing = [f"{missing.what} is missing: {missing.reason}." for missing in facts.missing]
        unused = [_UNUSED] if facts.containers or facts.sandboxes else []
        names, remarks = facts.names, (*facts.notices, *unused, *missing, *refused)
    pods = 0
    for joined in joiner.drain():
        pods += 1
        _count_pod(joined, known[joined.spec.digest], counter)
    if not pods:
        raise InputError(f"{', '.join(names)}: no pod in it, so nothing can be counted. Leave -f out for the matrix of the versions alone.")
    return pods, remarks


def _decoded(pod: ReadPod, classes: Iterable[HashClass]) -> Iterator[tuple[HashClass, tuple[DecodedContainer, ...] | None]]:
    """The containers as each class decodes them, as far as it does."""
    taken = Taken.FROM_API if pod.view.source is PodSource.API else Taken.AS_WRITTEN
    builds = [KubeletBuild(hash_class, 0) for hash_class in classes]  # whatever the patch: nothing is defaulted
    pod.expect(builds)
    for build in builds:
        try:
            yield build.hash_class, pod.under(build, taken).containers
        except SpecRefused:
            yield build.hash_class, None


def _count_pod(joined: JoinedPod, found: Iterable[tuple[str, Profile]], counter: PairCounter) -> None:
    status, view = joined.status, joined.spec.view
    if status.phase in ("Failed", "Succeeded"):
        return
    static = view.source is not PodSource.API and uid_made_by_kubelet(view)
    for profile in _running(status, found):
        counter.add(profile, lossy=joined.lossy, static=static)


def _running(status: PodView, found: Iterable[tuple[str, Profile]]) -> Iterator[Profile]:
    return (profile for name, profile in found if state_of(None, status, name)[0] in _RUNS)
