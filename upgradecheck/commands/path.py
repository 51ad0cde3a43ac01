"""``path``: the ways between two minors, what each hop restarts, and the way back; of the versions alone or for the pods given."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import closing, suppress

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.commands.diff import only_build
from upgradecheck.commands.opening import open_source
from upgradecheck.commands.profiling import ProfiledPod, Record, UIDs, profile_pods
from upgradecheck.commands.request import LiveCluster, PlanRequest
from upgradecheck.decisions.manifests.outcomes import UIDOutcome
from upgradecheck.decisions.manifests.uids import compare_uids
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.schemas.changes import newest_build
from upgradecheck.hashing.schemas.hops import ABSENT, ANY, CHANGED, KEPT, Hops, Tracked, carried_by
from upgradecheck.hashing.schemas.makers import UNKNOWN
from upgradecheck.hashing.schemas.pairs import minors_needed
from upgradecheck.hashing.staticuid.steps import static_pod_change
from upgradecheck.model.changes import UIDChange
from upgradecheck.model.errors import UnknownMinor, UnknownVersion, UsageError
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.paths import UpgradePaths
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Workload
from upgradecheck.model.schema import Schema
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.provisional import provisional_missing, provisional_remarks
from upgradecheck.planning.asking.supposed import servers_between
from upgradecheck.planning.paths.building import ControlPlane, builds_between, upgrade_paths
from upgradecheck.planning.paths.counting import Fleet
from upgradecheck.planning.seeing.ways import PodServers
from upgradecheck.planning.unmade import judged_as, judged_by_pairs
from upgradecheck.reading.pod import ReadPod
from upgradecheck.sources import Source

_NAMED = 3
_BY_UID = {UIDOutcome.KEPT: KEPT, UIDOutcome.CHANGED: CHANGED, UIDOutcome.UNKNOWN: UNKNOWN}


class PathRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``path``; texts as given. Without files, example and cluster the paths are those of the versions alone."""

    from_version: str | None = None
    to_version: str | None = None
    api_from: str | None = None
    api_to: str | None = None
    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    cluster: LiveCluster | None = None


def find_paths(request: PathRequest) -> tuple[UpgradePaths, tuple[str, ...]]:
    """The ways, and remarks on the versions and the inputs.

    Raises:
        UpgradecheckError: a version is not known or cannot be gone to, or the inputs cannot be read or hold no pod.
    """
    if request.to_version is None:
        raise UsageError("--to is missing: name the kubelet version to go to, such as --to 1.31.")
    if not request.files and not request.example and request.cluster is None:
        return _found(request, None)
    wanted = PlanRequest(files=request.files, recursive=request.recursive, example=request.example, cluster=request.cluster)
    with closing(open_source(wanted)) as source:
        return _found(request, source)


def _found(request: PathRequest, source: Source | None) -> tuple[UpgradePaths, tuple[str, ...]]:
    catalog = Catalog()
    facts = Facts() if source is None else source.facts()
    old, new = _version(request.from_version, facts), parse_kubelet_version(request.to_version or "")
    builds = _builds(old, new, catalog)
    servers = _control_plane(request, builds, facts)
    remarks = tuple(f"{one.text} is taken as {catalog.release_of(one)}, the newest known patch." for one in (old, new) if one.patch is None)
    releases = catalog.release_of(old), catalog.release_of(new)
    schemas = _touched(builds, servers, catalog)
    remarks += provisional_remarks(schemas)
    if source is None:
        return upgrade_paths(releases, builds, servers, catalog, None), remarks
    known_nodes = frozenset(node.name for node in facts.nodes) if request.from_version is None else None
    makers = _makers(request, builds, facts, catalog)
    fleet, told = _fleet(source, builds, catalog, known_nodes, makers, recorded=bool(facts.containers))
    fleet.missing = (*fleet.missing, *provisional_missing(schemas))
    return upgrade_paths(releases, builds, servers, catalog, fleet), (*remarks, *told)


def _touched(builds: Sequence[KubeletBuild], servers: ControlPlane, catalog: Catalog) -> tuple[Schema, ...]:
    """The minors that kubelets or API servers go through, as far as they are known."""
    beyond = (one for one in catalog.minors() if servers.old <= one <= servers.new)
    return (*(build.schema for build in builds), *map(catalog.schema, beyond))


def _version(text: str | None, facts: Facts) -> KubeletVersion:
    """The version to start from: as given, else what every node reports."""
    if text is not None:
        return parse_kubelet_version(text)
    reported = {one.kubelet_version.release: one.kubelet_version for one in facts.nodes if isinstance(one.kubelet_version, KubeletVersion)}
    silent = [one for one in facts.nodes if not isinstance(one.kubelet_version, KubeletVersion)]
    if len(reported) == 1 and not silent:
        return next(iter(reported.values()))
    told = [*([f"the nodes report {', '.join(sorted(reported))}"] if reported else []), *([_silent(silent)] if silent else [])]
    seen = f": {'; '.join(told)}" if told else ""
    raise UsageError(f"--from is missing{seen}. Name the kubelet version that runs now, such as --from 1.29.")


def _silent(nodes: Sequence[NodeFacts]) -> str:
    """Those whose version nobody can read: what the others report is not theirs."""
    named = [f"{one.name} {'none' if one.kubelet_version is None else repr(str(one.kubelet_version))}" for one in nodes[:_NAMED]]
    more = f", and {len(nodes) - _NAMED:,} more" if len(nodes) > _NAMED else ""
    return f"of {count(len(nodes), 'node')} no version can be read ({', '.join(named)}{more})"


def _supposed(on_nodes: Iterable[str], known_nodes: Container[str] | None) -> Iterator[Missing]:
    """Nodes whose pods are counted as if they ran what the others report. known_nodes: those that report it; None where --from says it."""
    for node in sorted(on_nodes):
        if known_nodes is not None and node not in known_nodes:
            yield Missing(
                f"which kubelet node {node} runs", "no Node object of it was given; it is counted as if it ran what the others do"
            )


def _builds(old: KubeletVersion, new: KubeletVersion, catalog: Catalog) -> tuple[KubeletBuild, ...]:
    """The kubelets of a way, minor by minor.

    Raises:
        UsageError: the second version is not newer.
    """
    first, last = only_build(old, catalog), only_build(new, catalog)
    if first.minor == last.minor:
        raise UsageError(f'--from {old.text} and --to {new.text} are of one minor. "upgradecheck plan" tells what such a step does.')
    if first.minor > last.minor:
        advice = f"Ask for the way up, --from {last.minor} --to {first.minor}: it is told with the way back, hop by hop."
        raise UsageError(f"--to {new.text} is older than --from {old.text}. {advice}")
    return builds_between(first, last, catalog)


def _control_plane(request: PathRequest, builds: Sequence[KubeletBuild], facts: Facts) -> ControlPlane:
    """The API server before and after: as given, as the cluster says, else the kubelets' own minors.

    Raises:
        UsageError: it would be older than it was, or than the new kubelets.
    """
    seen = facts.server.minor if isinstance(facts.server, KubeletVersion) else None
    given = None if request.api_from is None else parse_kubelet_version(request.api_from).minor
    old = given or seen or builds[0].minor
    new = max(old, builds[-1].minor) if request.api_to is None else parse_kubelet_version(request.api_to).minor
    if new < builds[-1].minor:
        raise UsageError(f"--api-to {new} is older than --to {builds[-1].minor}: a kubelet must not be newer than its API server.")
    if new < old:
        raise UsageError(f"--api-to {new} is older than the API server, which is {old}: a control plane is not taken back.")
    return ControlPlane(old, new, known=(given or seen) is not None)


def _makers(request: PathRequest, builds: Sequence[KubeletBuild], facts: Facts, catalog: Catalog) -> PodServers:
    """The API servers that make the pods of manifests, as of a plan."""
    start, target = (None if text is None else parse_kubelet_version(text) for text in (request.api_from, request.api_to))
    known = start or (facts.server if isinstance(facts.server, KubeletVersion) else None) or target
    with suppress(UnknownVersion, UnknownMinor):
        if known is not None:
            return PodServers(known=catalog.builds(known)[-1])
    ends = {one.minor: one.version for one in (builds[0], builds[-1])}
    return PodServers(servers_between(builds[0].minor, builds[-1].minor, ends, catalog))


def _fleet(
    source: Source,
    builds: Sequence[KubeletBuild],
    catalog: Catalog,
    known_nodes: Container[str] | None,
    makers: PodServers,
    *,
    recorded: bool,
) -> tuple[Fleet, tuple[str, ...]]:
    """The containers given; those of minors before the first are hashed too where one of them may have started what runs.

    known_nodes: see _supposed. recorded: the runtime's records are given: any minor before may have made what they tell.
    """
    on_the_way = {build.minor: build for build in builds}
    every = {one: on_the_way.get(one) or newest_build(one, catalog) for one in catalog.minors() if one <= builds[-1].minor}
    classes = {minor: build.hash_class for minor, build in every.items()}
    chosen = tuple(every.values() if recorded else (every[minor] for minor in minors_needed(on_the_way, classes)))
    fleet = Fleet(Hops(tuple(build.hash_class for build in chosen)))
    table, on_nodes = _uid_changes(chosen), dict[str, None]()
    first = [build.minor for build in chosen].index(builds[0].minor)

    def take(one: ProfiledPod) -> None:
        view = one.pod.spec.view
        owner = view.namespace, view.workload or Workload("Pod", view.name)
        uids = _of_a_view(one.uids, table) if one.pod.lossy else one.uids
        for its in one.containers:
            ways = (Tracked(way.profile, one.pod.lossy, uids, makers=way.makers) for way in its.ways)
            fleet.add(tuple(_tracked(way, its.record, first, fleet) for way in ways), owner, one.number)
            fleet.recorded += its.record is not None
        if one.containers and (node := view.node or one.pod.status.node):
            on_nodes[node] = None

    found = profile_pods(source, fleet.classes, take, makers, uids_of=lambda pod: _uids(pod, chosen, table), unused=None)
    fleet.pods, fleet.missing = found.pods, (*found.missing, *_supposed(on_nodes, known_nodes))
    return fleet, (*found.remarks, *_of_unmade(found.unmade, makers))


def _of_unmade(number: int, makers: PodServers) -> Iterator[str]:
    """What is said of manifests and templates."""
    if number:
        yield judged_by_pairs(number, named=True) if makers.known is None else judged_as(number, f"API server {makers.known.release}")


def _tracked(one: Tracked, record: Record | None, first: int, fleet: Fleet) -> Tracked:
    """A container with what its record says, where that is not what its kubelet makes of it anyway."""
    if record is None:
        return one
    carried = ANY if record.open else frozenset({ABSENT}) if record.absent else carried_by(one.profile, record.number, first)
    return one if carried == fleet.as_made(one, first) else msgspec.structs.replace(one, recorded=carried)


_Changes = tuple[tuple[UIDChange, ...], ...]


def _uid_changes(builds: Sequence[KubeletBuild]) -> _Changes:
    return tuple(tuple(UIDChange.NONE if old is new else static_pod_change(old, new).change for new in builds) for old in builds)


def _uids(pod: ReadPod, builds: Sequence[KubeletBuild], changes: _Changes) -> UIDs:
    """What becomes of the UID from each kubelet to each: by the versions where they decide, else by what this manifest holds."""
    simple = {UIDChange.ALL: CHANGED, UIDChange.NONE: KEPT}
    return tuple(
        tuple(
            simple.get(change) or _BY_UID[compare_uids(pod, old, new, own_uid=False).outcome]
            for new, change in zip(builds, row, strict=True)
        )
        for old, row in zip(builds, changes, strict=True)
    )


def _of_a_view(uids: UIDs | None, changes: _Changes) -> UIDs | None:
    """The same of a pod that only a kubelet's own view shows: what its manifest holds beside that may touch the UID."""
    if uids is None:
        return None
    return tuple(
        tuple(UNKNOWN if change is UIDChange.CONDITIONAL and uid == KEPT else uid for uid, change in zip(row, changed, strict=True))
        for row, changed in zip(uids, changes, strict=True)
    )
