"""``matrix``: what restarts for every pair of minors, of the versions alone or for the pods given."""

from __future__ import annotations

from contextlib import closing

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.commands.inputs import open_inputs_of
from upgradecheck.commands.profiling import ProfiledPod, profile_pods
from upgradecheck.hashing.schemas.changes import make_matrix, newest_class
from upgradecheck.hashing.schemas.pairs import PairCounter, minors_needed
from upgradecheck.model.changes import Matrix
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.provisional import provisional_missing, provisional_remarks
from upgradecheck.planning.asking.supposed import servers_between
from upgradecheck.planning.seeing.ways import PodServers
from upgradecheck.planning.unmade import judged_by_pairs

_UNUSED = "records of the runtime are not used: a matrix compares what kubelets make of specs."


class MatrixRequest(msgspec.Struct, frozen=True, gc=False):
    """What the user asked of ``matrix``. starts and ends are the minors of the two sides; None: all that are known.

    Without files and example the matrix is one of the versions alone. watch: is told how far the reading is.
    """

    starts: frozenset[Minor] | None = None
    ends: frozenset[Minor] | None = None
    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    watch: Watch = unwatched


def compare_minors(request: MatrixRequest) -> tuple[Matrix, tuple[str, ...]]:
    """Every pair of the minors asked for, and remarks on the inputs.

    Raises:
        UpgradecheckError: a minor is not known, or the inputs cannot be read or hold no pod.
    """
    catalog = Catalog()
    every = frozenset(catalog.minors())
    matrix = make_matrix(every if request.starts is None else request.starts, every if request.ends is None else request.ends, catalog)
    schemas = [catalog.schema(minor) for minor in matrix.minors]
    provisional = provisional_remarks(schemas)
    if not request.files and not request.example:
        return matrix, provisional
    known = {minor: newest_class(minor, catalog) for minor in sorted(every) if minor <= max(matrix.minors)}
    counter = PairCounter(tuple(known[minor] for minor in minors_needed(matrix.minors, known)))
    servers = PodServers(servers_between(min(matrix.minors), max(matrix.minors), {}, catalog))

    def take(one: ProfiledPod) -> None:
        for its in one.containers:
            counter.add(its.ways, lossy=one.pod.lossy, static=one.static, number=one.number)

    with closing(open_inputs_of(request.files, recursive=request.recursive, example=request.example, watch=request.watch)) as inputs:
        found = profile_pods(inputs, counter.classes, take, servers, unused=_UNUSED, number=inputs.number)
    cells = tuple(replace(cell, counts=counter.counts(cell.old, cell.new, cell.static_pods.change)) for cell in matrix.cells)
    told = (judged_by_pairs(found.unmade, named=False),) if found.unmade else ()
    missing = (*found.missing, *provisional_missing(schemas))
    return replace(matrix, cells=cells, pods=found.pods, missing=missing), (*found.remarks, *told, *provisional)


def between(low: Minor, high: Minor) -> Matrix:
    """Every pair of the known minors from one to another, of the versions alone."""
    catalog = Catalog()
    minors = frozenset(each for each in catalog.minors() if low <= each <= high)
    return make_matrix(minors, minors, catalog)
