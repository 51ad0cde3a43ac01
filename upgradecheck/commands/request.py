"""What the user asked of a plan, as data: texts as given, read by scoping, opening and the pipeline; and what cannot be asked together."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from upgradecheck.model.errors import UsageError
from upgradecheck.model.fleet import MAX_BUNDLE_AGE, NAMESPACE
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.waves import WaveRules

EXAMPLE_TO = "1.30.14"
"""What the example is upgraded to where nobody says."""


def _silent(text: str) -> None:
    """Tells nobody."""


class LiveCluster(msgspec.Struct, frozen=True):
    """The cluster to read where no input is named; watch is told how far the reading is, tell what is run for it (see Target)."""

    kubeconfig: str | None = None
    context: str | None = None
    allow_exec: bool = False
    timeout: float = 600.0
    request_timeout: float = 30.0
    watch: Watch = unwatched
    tell: Callable[[str], None] = _silent
    by_pattern: bool = False

    def __repr__(self) -> str:
        """Without watch and tell."""
        return (
            f"LiveCluster(kubeconfig={self.kubeconfig!r}, context={self.context!r}, allow_exec={self.allow_exec!r}, "
            f"timeout={self.timeout!r}, request_timeout={self.request_timeout!r}, by_pattern={self.by_pattern!r})"
        )

    def __eq__(self, other: object) -> bool:
        """Without watch and tell."""
        return self._told() == other._told() if isinstance(other, LiveCluster) else NotImplemented

    def __hash__(self) -> int:
        """Without watch and tell."""
        return hash(self._told())

    def _told(self) -> tuple[object, ...]:
        return self.kubeconfig, self.context, self.allow_exec, self.timeout, self.request_timeout, self.by_pattern


class PlanRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``plan``; texts as given."""

    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    from_version: str | None = None
    to_version: str | None = None
    api_from: str | None = None
    api_to: str | None = None
    allow_provisional: bool = False
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    selector: str | None = None
    node_selector: str | None = None
    fail_on: frozenset[str] = frozenset({"restart", "unknown"})
    max_restarts: str | None = None
    min_coverage: float | None = None
    min_calibration: float | None = None
    exit_zero: bool = False
    static_pods: str | None = None
    feature_gates: tuple[str, ...] = ()
    to_config: str | None = None
    kubelet_dir: str | None = None
    to_runtime: str | None = None
    checkpoint: str | None = None
    override: bool = False
    in_force: tuple[str, ...] = ()
    cluster: LiveCluster | None = None
    cri: str | None = None
    docker: str | None = None
    fleet: bool = False
    fleet_namespace: str = NAMESPACE
    max_bundle_age: float = MAX_BUNDLE_AGE
    ignore_file: str | None = None
    allow_ignores: bool = True
    owner_label: str | None = None
    waves: WaveRules = WaveRules()
    watch: Watch = unwatched
    """Is told how far the reading of files is; of a cluster's the cluster tells."""
    at_rest: bool = False
    """Nothing but the new kubelet starts from now on, as somebody sees to: what records carry is what it finds."""


def check(request: PlanRequest) -> None:
    """That what was asked can be asked together.

    Raises:
        UsageError: it cannot.
    """
    check_input(request.files, example=request.example)
    sockets = [option for option, socket in (("--cri", request.cri), ("--docker", request.docker)) if socket]
    if len(sockets) > 1:
        raise UsageError("--cri and --docker exclude each other: a kubelet has one runtime. Name the one that this node's kubelet uses.")
    if request.example and sockets:
        raise UsageError(f"--example and {sockets[0]} exclude each other: the example brings its own records. Leave one of them out.")


def target_of(request: PlanRequest) -> str:
    """The version to upgrade to.

    Raises:
        UsageError: it is not given, and the request is not about the example.
    """
    if request.to_version is None and not request.example:
        raise UsageError("--to is missing: name the kubelet version to upgrade to, such as --to 1.31.")
    return request.to_version or EXAMPLE_TO


def check_input(files: tuple[str, ...], *, example: bool) -> None:
    """That the example stands alone.

    Raises:
        UsageError: files are named beside it.
    """
    if example and files:
        raise UsageError("--example and -f exclude each other: the example brings its own input. Leave one of them out.")


def require_input(files: tuple[str, ...], *, example: bool) -> None:
    """That there is something to read, for what does not read the live cluster.

    Raises:
        UsageError: there is nothing.
    """
    if not (files or example):
        raise UsageError(
            "no input: this command does not read the live cluster. Give what was dumped from it with -f"
            " (kubectl get pods -A -o json > pods.json; then -f pods.json), or try --example."
        )
