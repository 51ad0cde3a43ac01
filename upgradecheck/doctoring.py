"""Preflight: what ``doctor`` looks at, in the order in which a plan would need it; nothing is changed anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from upgradecheck.checkpoint import DEFAULT_PATH, load_all
from upgradecheck.checkpoint.errors import KubeletNotFound
from upgradecheck.checkpoint.finding import Machine, find_kubelet
from upgradecheck.decisions.checkpoints import is_stale
from upgradecheck.decode.cri_wire import runtime_version
from upgradecheck.decode.nodes import node_facts
from upgradecheck.decode.version import parse_kubelet_version
from upgradecheck.model.checkpoint import FoundCheckpoint, ProblemKind
from upgradecheck.model.diagnosis import Area, Check, CheckState, Diagnosis
from upgradecheck.model.errors import InputError, InvalidVersion, SpecRefused, UpgradecheckError
from upgradecheck.model.pod import Origin
from upgradecheck.transport.access import Access, is_allowed, needed
from upgradecheck.transport.cri import AUTO, WELL_KNOWN, connected
from upgradecheck.transport.errors import ClusterError, NotConfigured, Refused
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.paging import Listing, pages
from upgradecheck.transport.server import server_version
from upgradecheck.transport.waiting import Limits

SKEW_TOLERATED = 2.0
"""Seconds between two clocks; start times of containers and kubelets are compared on both."""

_SOCKET_SECONDS = 3.0
_COSTS = {
    "nodes": "without it, kubelet versions are not seen (--from has to say them), and nothing is admitted in thought",
    "pods": "without it there is no spec to hash, and no plan; dumps given with -f can stand in",
}


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """What the user asked of ``doctor``. cri and checkpoint: as for plan; None: whatever is at the usual places."""

    target: Target
    limits: Limits
    namespaces: tuple[str, ...] = ()
    cri: str | None = None
    checkpoint: str | None = None


def diagnose(request: DoctorRequest, machine: Machine) -> Diagnosis:
    """Looks at everything; what cannot be looked at is a check that failed, never an error."""
    return Diagnosis((*_of_cluster(request), *_of_runtimes(request.cri), *_of_checkpoint(request.checkpoint, machine)))


def _of_cluster(request: DoctorRequest) -> Iterator[Check]:
    with closing(KubeApi(request.target, request.limits)) as api:
        try:
            version = server_version(api)
        except NotConfigured as error:
            state = CheckState.SKIPPED if request.cri is not None else CheckState.FAILED
            yield Check(Area.CONFIGURATION, "way to the cluster", state, str(error))
            return
        except ClusterError as error:
            yield _configured(api)
            yield Check(Area.CLUSTER, "API server", CheckState.FAILED, str(error))
            return
        yield _configured(api)
        yield Check(
            Area.CLUSTER, "API server", CheckState.OK, f"Kubernetes {version or 'that does not say its version'} answers at {api.host}"
        )
        allowed = {access: _permission(api, access) for access in needed(request.namespaces)}
        yield from allowed.values()
        if allowed[Access("list", "nodes")].state is CheckState.OK:
            yield _versions(api, version)
        yield _clock(api)


def _configured(api: KubeApi) -> Check:
    what = "way to the cluster"
    if api.insecure:
        remedy = "Give the cluster's CA in the kubeconfig (certificate-authority-data) and take insecure-skip-tls-verify out."
        return Check(Area.CONFIGURATION, what, CheckState.WARNING, f"{api.host}, whose certificate is not checked", remedy)
    return Check(Area.CONFIGURATION, what, CheckState.OK, api.host)


def _permission(api: KubeApi, access: Access) -> Check:
    try:
        allowed = is_allowed(api, access)
    except ClusterError as error:
        found = error.reason if isinstance(error, Refused) else str(error)
        return Check(Area.PERMISSIONS, access.words, CheckState.WARNING, f"cannot be told: {found}")
    if allowed:
        return Check(Area.PERMISSIONS, access.words, CheckState.OK, "allowed")
    state = CheckState.FAILED if access.resource == "pods" else CheckState.WARNING
    remedy = "Apply what upgradecheck doctor --rbac prints, and bind it to the account."
    return Check(Area.PERMISSIONS, access.words, state, f"not allowed; {_COSTS[access.resource]}", remedy)


def _versions(api: KubeApi, server: str | None) -> Check:
    what = "kubelets"
    try:
        found = Counter(_kubelets(api))
    except ClusterError as error:
        return Check(Area.VERSIONS, what, CheckState.WARNING, str(error))
    told = ", ".join(f"{number} with {version}" for version, number in sorted(found.items())) or "no node at all"
    newer = sorted(version for version in found if server is not None and _is_newer(version, server))
    if newer:
        remedy = "A kubelet must not be newer than its API server: upgrade the API server first."
        return Check(Area.VERSIONS, what, CheckState.WARNING, f"{told}; newer than the API server: {', '.join(newer)}", remedy)
    return Check(Area.VERSIONS, what, CheckState.OK, told)


def _kubelets(api: KubeApi) -> Iterator[str]:
    for page in pages(api, Listing("/api/v1/nodes", "NodeList", "list nodes"), lambda: None):
        for raw in page.items:
            try:
                yield node_facts(raw, Origin(api.host)).kubelet_version or "an unknown version"
            except SpecRefused:
                yield "an unknown version"


def _is_newer(kubelet: str, server: str) -> bool:
    try:
        return parse_kubelet_version(kubelet).minor > parse_kubelet_version(server).minor
    except InvalidVersion:
        return False


def _clock(api: KubeApi) -> Check:
    what = "clock of the API server"
    if api.skew is None:
        return Check(Area.CLOCK, what, CheckState.SKIPPED, "its answers carry no date")
    side = "before" if api.skew > 0 else "behind"
    if abs(api.skew) > SKEW_TOLERATED:
        remedy = "Set the clocks (NTP): start times of containers and kubelets are compared."
        return Check(Area.CLOCK, what, CheckState.WARNING, f"{abs(api.skew):.0f} s {side} the clock here", remedy)
    return Check(Area.CLOCK, what, CheckState.OK, "agrees with the clock here to a second or two")


def _of_runtimes(cri: str | None) -> Iterator[Check]:
    places = WELL_KNOWN if cri in (None, AUTO) else (cri,)
    asked = [_runtime(place, named=cri not in (None, AUTO)) for place in places]
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


def _of_checkpoint(path: str | None, machine: Machine) -> Iterator[Check]:
    place = DEFAULT_PATH if path is None else path
    for found in load_all(place):
        yield _checkpoint(found, named=path is not None, running=lambda: _running(machine))


def _checkpoint(found: FoundCheckpoint, *, named: bool, running: Callable[[], str | None]) -> Check:
    checkpoint, problem = found.loaded.checkpoint, found.loaded.problem
    if problem is not None and problem.kind is ProblemKind.MISSING and not named:
        remedy = "On a node, upgradecheck checkpoint record --print-unit shows how to begin one."
        return Check(Area.CHECKPOINT, found.place, CheckState.SKIPPED, "none is here", remedy)
    if problem is None and checkpoint is not None and not named and (version := running()) is not None:
        problem = is_stale(checkpoint, version)
    if problem is not None:
        state = CheckState.FAILED if named and checkpoint is None else CheckState.WARNING
        return Check(Area.CHECKPOINT, found.place, state, problem.found, problem.remedy)
    assert checkpoint is not None
    starts = f"{len(checkpoint.history)} kubelet start{'' if len(checkpoint.history) == 1 else 's'}"
    newest = checkpoint.newest.kubelet_version
    return Check(
        Area.CHECKPOINT, found.place, CheckState.OK, f"node {checkpoint.node.name}, state {checkpoint.serial}: {starts}, newest {newest}"
    )


def _running(machine: Machine) -> str | None:
    try:
        return find_kubelet(machine, patience=0.0).start.kubelet_version
    except (KubeletNotFound, UpgradecheckError, OSError):
        return None
