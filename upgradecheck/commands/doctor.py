"""Preflight: what ``doctor`` looks at, in the order in which a plan would need it; nothing is changed anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.checkpoint import DEFAULT_PATH, is_live, load_all
from upgradecheck.checkpoint.history import is_same_process
from upgradecheck.commands.request import LiveCluster
from upgradecheck.commands.this_node import node_checks
from upgradecheck.commands.uids_here import uids_check
from upgradecheck.commands.uids_there import uids_of_mirrors
from upgradecheck.decisions.skew import skew_trouble
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.objects import OBJECTS
from upgradecheck.decode.runtime.cri_wire import runtime_version, sandbox_records
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import running_kubelets
from upgradecheck.machine.which_kubelet import find_kubelet
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.checkpoint import FoundCheckpoint, KubeletStart, Mode, ProblemKind
from upgradecheck.model.diagnosis import Area, Check, CheckState, Diagnosis
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.pod import NodeFacts, Origin, SandboxRecord
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.model.version import KubeletVersion, ReportedVersion, UnreadVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.evidence.staleness import is_stale
from upgradecheck.sources.node import read_docker
from upgradecheck.transport.access import EVENTS, Access, is_allowed, needed
from upgradecheck.transport.cri import AUTO, WELL_KNOWN, connected
from upgradecheck.transport.errors import AccessRefused, ClusterError, NotConfigured
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target, whence
from upgradecheck.transport.paging import Listing, pages
from upgradecheck.transport.server import server_version
from upgradecheck.transport.waiting import Limits

SKEW_TOLERATED = 2.0
"""Seconds between two clocks; start times of containers and kubelets are compared on both."""

_SOCKET_SECONDS = 3.0
_UNKNOWN = UnreadVersion("an unknown version")
_COSTS = {
    "nodes": "without it, kubelet versions are not seen (--from has to say them), and nothing is admitted in thought",
    **{one.resource: f"without it, nobody tells {one.question.format(f'a {one.kind}')}" for one in OBJECTS},
    EVENTS: "without it, verify does not see why a kubelet stopped a container",
    "pods": "without it there is no spec to hash, and no plan; dumps given with -f can stand in",
}


class DoctorRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``doctor``. cri, docker and checkpoint: as for plan; None: whatever is at the usual places.

    fleet: the namespace of nodes' bundles, None where nobody asks for these.
    """

    target: Target
    limits: Limits
    namespaces: tuple[str, ...] = ()
    cri: str | None = None
    checkpoint: str | None = None
    docker: str | None = None
    fleet: str | None = None

    @property
    def asks_node(self) -> bool:
        """Whether this node's runtime was named, so that no cluster need be there."""
        return self.cri is not None or self.docker is not None


def diagnose(request: DoctorRequest, machine: Machine) -> Diagnosis:
    """Looks at everything; what cannot be looked at is a check that failed, never an error."""
    nodes: list[NodeFacts] = []
    cluster = [*_of_cluster(request, nodes)]
    of_node, following = node_checks(machine)
    runtimes = _of_engine(request.docker) if request.docker is not None else _of_runtimes(request.cri)
    here = [*_of_kubelet(machine), *of_node, *runtimes, *_of_static_pods(request.cri, machine)]
    return Diagnosis((*cluster, *here, *_of_checkpoint(request.checkpoint, machine, nodes)), following)


def _of_cluster(request: DoctorRequest, nodes: list[NodeFacts]) -> Iterator[Check]:
    """What concerns the cluster; its nodes are added to the list."""
    with closing(KubeApi(request.target, request.limits)) as api:
        try:
            version = server_version(api)
        except NotConfigured as error:
            state = CheckState.SKIPPED if request.asks_node else CheckState.FAILED
            yield Check(Area.CONFIGURATION, "way to the cluster", state, str(error))
            return
        except ClusterError as error:
            yield _configured(api, request.target)
            yield Check(Area.CLUSTER, "API server", CheckState.FAILED, str(error))
            return
        yield _configured(api, request.target)
        yield Check(
            Area.CLUSTER, "API server", CheckState.OK, f"Kubernetes {version or 'that does not say its version'} answers at {api.host}"
        )
        allowed = {access: _permission(api, access) for access in needed(request.namespaces, request.fleet)}
        yield from allowed.values()
        if allowed[Access("list", "nodes")].state is CheckState.OK:
            try:
                nodes.extend(nodes_of(api))
            except ClusterError as error:
                yield Check(Area.VERSIONS, "kubelets", CheckState.WARNING, str(error))
            else:
                yield _versions(nodes, version, Catalog())
        yield _clock(api)
    if all(one.state is CheckState.OK for access, one in allowed.items() if access.resource in ("pods", "nodes")):
        cluster = LiveCluster(
            request.target.kubeconfig,
            request.target.context,
            request.target.allow_exec,
            request.limits.total,
            request.limits.request,
            tell=request.target.tell,
        )
        if (check := uids_of_mirrors(cluster, request.namespaces, nodes)) is not None:
            yield check


def _configured(api: KubeApi, target: Target) -> Check:
    what, way = "way to the cluster", f"{whence(target)}: {api.host}"
    if api.insecure:
        remedy = "Give the cluster's CA in the kubeconfig (certificate-authority-data) and take insecure-skip-tls-verify out."
        return Check(Area.CONFIGURATION, what, CheckState.WARNING, f"{way}, whose certificate is not checked", remedy)
    return Check(Area.CONFIGURATION, what, CheckState.OK, way)


def _permission(api: KubeApi, access: Access) -> Check:
    try:
        allowed = is_allowed(api, access)
    except ClusterError as error:
        found = error.reason if isinstance(error, AccessRefused) else str(error)
        return Check(Area.PERMISSIONS, access.words, CheckState.WARNING, f"cannot be told: {found}")
    if allowed:
        return Check(Area.PERMISSIONS, access.words, CheckState.OK, "allowed")
    state = CheckState.FAILED if access.resource == "pods" else CheckState.WARNING
    remedy = "Apply what upgradecheck doctor --rbac prints, and bind it to the account."
    return Check(Area.PERMISSIONS, access.words, state, f"not allowed; {_COSTS[access.resource]}", remedy)


def _versions(nodes: Sequence[NodeFacts], server: ReportedVersion | None, catalog: SchemaCatalog) -> Check:
    found = Counter(node.kubelet_version or _UNKNOWN for node in nodes)
    versions = sorted(found, key=str)
    told = ", ".join(f"{found[version]} with {version}" for version in versions) or "no node at all"
    troubles = [trouble for version in versions if (trouble := skew_trouble(version, server, catalog)) is not None]
    told = "; ".join((told, *(trouble.found for trouble in troubles)))
    remedies = " ".join(dict.fromkeys(trouble.remedy for trouble in troubles))
    return Check(Area.VERSIONS, "kubelets", CheckState.WARNING if troubles else CheckState.OK, told, remedies)


def nodes_of(api: KubeApi) -> Iterator[NodeFacts]:
    """The nodes of the cluster; one whose object cannot be read has no name.

    Raises:
        ClusterError: they could not be listed.
    """
    for page in pages(api, Listing("/api/v1/nodes", "NodeList", "list nodes"), lambda: None):
        for raw in page.items:
            origin = Origin(api.host)
            try:
                yield node_facts(raw, origin)
            except SpecRefused:
                yield NodeFacts("", None, None, {}, origin)


def _clock(api: KubeApi) -> Check:
    what = "clock of the API server"
    if api.skew is None:
        return Check(Area.CLOCK, what, CheckState.SKIPPED, "its answers carry no date")
    side = "before" if api.skew > 0 else "behind"
    if abs(api.skew) > SKEW_TOLERATED:
        remedy = "Set the clocks (NTP): start times of containers and kubelets are compared."
        return Check(Area.CLOCK, what, CheckState.WARNING, f"{abs(api.skew):.0f} s {side} the clock here", remedy)
    return Check(Area.CLOCK, what, CheckState.OK, "agrees with the clock here to a second or two")


def _of_kubelet(machine: Machine) -> Iterator[Check]:
    """The kubelet that runs here, if any does; a plan by --cri has its version from it."""
    running = running_kubelets(machine)
    if not running:
        return
    what = "kubelet on this machine"
    try:
        found = find_kubelet(machine, patience=0.0)
    except UpgradecheckError as error:
        told = str(error).partition(". ")[0]
        yield Check(Area.VERSIONS, what, CheckState.WARNING, told, "Give plan its version with --from, or the Node object.")
        return
    who = next((one.words for one in running if one.pid == found.pid), f"process {found.pid}")
    yield Check(Area.VERSIONS, what, CheckState.OK, f"{found.start.kubelet_version}: {who}")


def _of_static_pods(cri: str | None, machine: Machine) -> Iterator[Check]:
    """Whether the kubelet that runs here made the UIDs that its runtime lists; nothing where no kubelet or no runtime is."""
    if not running_kubelets(machine):
        return
    sandboxes = [one for place in _places(cri) for one in _sandboxes(place)]
    try:
        found = find_kubelet(machine, patience=0.0) if sandboxes else None
    except UpgradecheckError:
        return
    if found is not None and (check := uids_check(found, machine, sandboxes)) is not None:
        yield check


def _sandboxes(place: str) -> tuple[SandboxRecord, ...]:
    """What the runtime at a socket lists; nothing where none answers."""
    try:
        with connected(place, _SOCKET_SECONDS) as runtime:
            return tuple(guarded(lambda: sandbox_records(runtime.call("ListPodSandbox"), Origin(f"cri {runtime.path}"))))
    except (InputError, SpecRefused):
        return ()


def _places(cri: str | None) -> tuple[str, ...]:
    return WELL_KNOWN if cri is None or cri == AUTO else (cri,)


def _of_runtimes(cri: str | None) -> Iterator[Check]:
    asked = [_runtime(place, named=cri not in (None, AUTO)) for place in _places(cri)]
    answering = [check for check in asked if check is not None]
    if answering:
        yield from answering
    elif cri is None:
        yield Check(Area.RUNTIME, "container runtime", CheckState.SKIPPED, "no socket of one is here, so this is no node")
    else:
        remedy = "Name the socket with --cri SOCKET, and run as root."
        yield Check(Area.RUNTIME, "container runtime", CheckState.FAILED, "no socket of one is at the usual places", remedy)


def _runtime(place: str, *, named: bool) -> Check | None:
    """The runtime at a socket; None if there is none, and none was named."""
    try:
        with connected(place, _SOCKET_SECONDS) as runtime:
            name, version = runtime_version(runtime.version)
    except (InputError, SpecRefused) as error:
        if not named and isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
            return None
        state = CheckState.FAILED if named else CheckState.WARNING
        return Check(Area.RUNTIME, place, state, f"{error}")
    return Check(Area.RUNTIME, place, CheckState.OK, f"{name} {version} answers; --cri {place} shows what its containers carry")


def _of_engine(place: str) -> Iterator[Check]:
    """The docker engine at a socket, which was named."""
    try:
        found = read_docker(place, _SOCKET_SECONDS)
    except (InputError, SpecRefused) as error:
        yield Check(Area.RUNTIME, "docker engine" if place == AUTO else place, CheckState.FAILED, f"{error}")
        return
    told = f"{found.runtime} answers with {count(len(found.containers), 'container')} of the kubelet; --docker {place} shows more"
    yield Check(Area.RUNTIME, found.name, CheckState.OK, told)


def _of_checkpoint(path: str | None, machine: Machine, nodes: Sequence[NodeFacts]) -> Iterator[Check]:
    place = DEFAULT_PATH if path is None else path
    reported = {node.name: node.kubelet_version for node in nodes}
    for found in load_all(place):

        def running(node: str, path: str = found.place) -> ReportedVersion | None:
            """The kubelet of that node: by its process where the file is this machine's own, else as the cluster reports it."""
            return (_version(machine) if is_live(path) else None) or reported.get(node)

        yield _checkpoint(found, named=path is not None, running=running)
        if (check := _unrecorded(found, machine)) is not None:
            yield check


def _unrecorded(found: FoundCheckpoint, machine: Machine) -> Check | None:
    """Whether the kubelet that runs here was started without a note of it, though the file is kept by notes of every start."""
    checkpoint = found.loaded.checkpoint
    if checkpoint is None or not is_live(found.place) or checkpoint.newest.mode is not Mode.EXACT:
        return None
    start = _running(machine)
    if start is None or any(is_same_process(known, start) for known in checkpoint.history):
        return None
    told = f"the kubelet that runs was started at {rfc3339(start.start_time // SECOND * SECOND)}, and that is not recorded"
    remedy = 'Run "upgradecheck checkpoint record", and look in the journal why its unit did not: journalctl -b -t upgradecheck -t systemd.'
    return Check(Area.CHECKPOINT, "newest start", CheckState.WARNING, told, remedy)


def _checkpoint(found: FoundCheckpoint, *, named: bool, running: Callable[[str], ReportedVersion | None]) -> Check:
    checkpoint, problem = found.loaded.checkpoint, found.loaded.problem
    if problem is not None and problem.kind is ProblemKind.MISSING and not named:
        remedy = "On a node, upgradecheck checkpoint record --print-unit shows how to begin one."
        return Check(Area.CHECKPOINT, found.place, CheckState.SKIPPED, "none is here", remedy)
    if problem is None and checkpoint is not None and (version := running(checkpoint.node.name)) is not None:
        problem = is_stale(checkpoint, version)
    if problem is not None:
        state = CheckState.FAILED if named and checkpoint is None else CheckState.WARNING
        return Check(Area.CHECKPOINT, found.place, state, problem.found, problem.remedy)
    assert checkpoint is not None
    starts = count(len(checkpoint.history), "kubelet start")
    newest = checkpoint.newest.kubelet_version
    return Check(
        Area.CHECKPOINT, found.place, CheckState.OK, f"node {checkpoint.node.name}, state {checkpoint.serial}: {starts}, newest {newest}"
    )


def _version(machine: Machine) -> KubeletVersion | None:
    start = _running(machine)
    return None if start is None else start.kubelet_version


def _running(machine: Machine) -> KubeletStart | None:
    try:
        return find_kubelet(machine, patience=0.0).start
    except (KubeletNotFound, UpgradecheckError, OSError):
        return None
