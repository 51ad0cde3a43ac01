"""What the user asked of a plan, as data: texts as given, read by scoping, opening and the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from upgradecheck.model.errors import UsageError

EXAMPLE_TO = "1.30.14"
"""What the example is upgraded to where nobody says."""


def _silent(text: str) -> None:
    """Tells nobody how far it is."""


@dataclass(frozen=True, slots=True)
class LiveCluster:
    """The cluster to read where no input is named; watch is told how far the reading is, tell what is run for it (see Target)."""

    kubeconfig: str | None = None
    context: str | None = None
    allow_exec: bool = False
    timeout: float = 600.0
    request_timeout: float = 30.0
    watch: Callable[[str], None] = field(default=_silent, compare=False, repr=False)
    tell: Callable[[str], None] = field(default=_silent, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the user asked of ``plan``; texts as given."""

    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    from_version: str | None = None
    to_version: str | None = None
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
    checkpoint: str | None = None
    override: bool = False
    in_force: tuple[str, ...] = ()
    cluster: LiveCluster | None = None
    cri: str | None = None
    docker: str | None = None


def target_of(request: PlanRequest) -> str:
    """The version to upgrade to.

    Raises:
        UsageError: it is not given, and the request is not about the example.
    """
    if request.to_version is None and not request.example:
        raise UsageError("--to is missing: name the kubelet version to upgrade to, such as --to 1.31.")
    return request.to_version or EXAMPLE_TO
