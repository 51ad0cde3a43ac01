"""The options that commands share, in groups; a command's own stand in its module. See declaring for how they are written.

Values of an option that may be repeated stand side by side with blanks between them in its environment variable.
"""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.completion import complete_fail_on, complete_format, complete_version
from upgradecheck.cli.declaring import default, option
from upgradecheck.cli.texts import comma_lists, percentage, seconds
from upgradecheck.planning.asking.conditions import FAIL_ON, fail_on, max_per_wave, max_restarts

if TYPE_CHECKING:
    from collections.abc import Callable

    from upgradecheck.commands.request import LiveCluster
    from upgradecheck.model.progress import Watch
    from upgradecheck.model.waves import WaveRules
    from upgradecheck.planning.asking.exit_codes import GateLimits


class Versions(NamedTuple):
    """Versions."""

    from_version: Annotated[
        str | None,
        option("--from", metavar="VERSION", help="The kubelet that runs now. [default: what each node reports]", complete=complete_version),
    ] = None
    to_version: Annotated[
        str | None,
        option(
            "--to",
            metavar="VERSION",
            help="The kubelet to upgrade to, such as 1.31 or 1.31.x (the newest patch known) or v1.31.4.",
            complete=complete_version,
        ),
    ] = None
    api_from: Annotated[
        str | None,
        option(
            "--api-from",
            metavar="VERSION",
            help="The API server that runs now. [default: what a live cluster tells]",
            complete=complete_version,
        ),
    ] = None
    api_to: Annotated[
        str | None,
        option(
            "--api-to",
            metavar="VERSION",
            help="The API server once the kubelet is upgraded: what it sets in specs counts. [default: as now]",
            complete=complete_version,
        ),
    ] = None
    allow_provisional: Annotated[
        bool, option("--allow-provisional", help="Take minors as they are known that are not released or not read; else a plan is partial.")
    ] = False


class Input(NamedTuple):
    """Input."""

    files: Annotated[
        tuple[str, ...],
        option("--filename", "-f", metavar="FILE|DIR|-", help="Read this file, directory or (-) standard input. Repeatable."),
    ] = ()
    recursive: Annotated[bool, option("--recursive", "-R", help="Read directories with all that is below them.")] = False
    example: Annotated[bool, option("--example", help="Take the recorded real node that ships with the program.")] = False


CriSocket = Annotated[str | None, option("--cri", metavar="SOCKET|auto", help="The container runtime of this node, asked for its records.")]
DockerSocket = Annotated[
    str | None, option("--docker", metavar="SOCKET|auto", help="The docker engine of this node, asked for its records.")
]
CheckpointPath = Annotated[
    str | None,
    option(
        "--checkpoint",
        metavar="FILE|DIR",
        help="Which kubelets ran on a node: tells who created containers that no record shows. A directory has a file per node.",
    ),
]


FleetNamespace = Annotated[
    str | None, option("--fleet-namespace", metavar="NAME", help="The namespace of the nodes' bundles. [default: upgradecheck]")
]


class EvidenceOptions(NamedTuple):
    """Evidence of nodes."""

    static_pods: Annotated[
        str | None,
        option("--static-pods", metavar="DIR|FILE|URL", help="The manifests of one node's static pods, read as its kubelet reads them."),
    ] = None
    cri: CriSocket = None
    docker: DockerSocket = None
    feature_gates: Annotated[
        tuple[str, ...],
        option(
            "--feature-gate",
            metavar="[from:|to:|api:]NAME=BOOL,...",
            help="A feature gate that is set on the kubelets (or one of them), or on the API server (api-from:, api-to:). Repeatable.",
            read=comma_lists,
        ),
    ] = ()
    to_config: Annotated[
        str | None,
        option(
            "--to-config",
            metavar="FILE",
            help="The KubeletConfiguration that the new kubelet starts with, if it is another than the one given with -f.",
        ),
    ] = None
    to_runtime: Annotated[
        str | None,
        option(
            "--to-runtime",
            metavar="NAME[/VERSION]",
            help="The container runtime that nodes get with the upgrade: containerd, cri-o or cri-dockerd, such as containerd/2.1.",
        ),
    ] = None
    kubelet_dir: Annotated[
        str | None,
        option(
            "--kubelet-dir",
            metavar="DIR|FILE",
            help="The kubelet's directory (/var/lib/kubelet) of one node, a copy, or a listing of it (ls -lR): its state files.",
        ),
    ] = None
    checkpoint: CheckpointPath = None
    in_force: Annotated[
        tuple[str, ...],
        option(
            "--override-in-force",
            metavar="FILE",
            help="A journal of override apply, or the plan that override proxy serves: kubelets see these hashes now. Repeatable.",
        ),
    ] = ()
    fleet: Annotated[bool, option("--fleet", help="The bundles that nodes have published in the live cluster (docs/fleet.md).")] = False
    fleet_namespace: FleetNamespace = None
    max_bundle_age: Annotated[
        float,
        option(
            "--max-bundle-age",
            metavar="DURATION",
            help="Set aside bundles so much older than what the cluster tells.",
            read=seconds,
        ),
    ] = default("24h")


NAMES = "NAME,..."
Namespaces = Annotated[
    tuple[str, ...], option("--namespace", "-n", metavar=NAMES, help="Only pods of these namespaces. Repeatable.", read=comma_lists)
]
AllNamespaces = Annotated[bool, option("--all-namespaces", "-A", help="Pods of all namespaces, as without -n.", excludes="namespaces")]


class ScopeOptions(NamedTuple):
    """Scope."""

    namespaces: Namespaces = ()
    all_namespaces: AllNamespaces = False
    excluded_namespaces: Annotated[
        tuple[str, ...],
        option("--exclude-namespace", metavar=NAMES, help="No pods of these namespaces. Repeatable.", read=comma_lists),
    ] = ()
    selector: Annotated[
        str | None, option("--selector", "-l", metavar="SELECTOR", help="Only pods with these labels, such as app=web.")
    ] = None
    nodes: Annotated[tuple[str, ...], option("--node", metavar=NAMES, help="Only pods on these nodes. Repeatable.", read=comma_lists)] = ()
    node_selector: Annotated[str | None, option("--node-selector", metavar="SELECTOR", help="Only pods on nodes with these labels.")] = None


def _conditions(name: str, texts: tuple[str, ...]) -> frozenset[str]:
    return fail_on(name, comma_lists(name, texts))


_FAIL_ON = option(
    "--fail-on",
    metavar="WHAT,...",
    help=f"What makes the exit code differ from 0: {', '.join(FAIL_ON)}; none for nothing of these.",
    read=_conditions,
    complete=complete_fail_on,
)
MaxRestarts = Annotated[
    str | None, option("--max-restarts", metavar="N|P%", help="Tolerate this many restarting containers.", read=max_restarts)
]
MinCoverage = Annotated[
    float | None,
    option("--min-coverage", metavar="PERCENT", help="Exit 3 if fewer of the nodes have records of their runtime.", read=percentage),
]
MinCalibration = Annotated[
    float | None,
    option("--min-calibration", metavar="PERCENT", help="Exit 3 if fewer of the recorded hashes are reproduced.", read=percentage),
]
_EXIT_ZERO = option("--exit-zero", help="Exit 0 instead of 2, 3 or 4, and say which it would have been.")


class Conditions(NamedTuple):
    """Exit code."""

    fail_on: Annotated[frozenset[str], _FAIL_ON] = default("restart,unknown")
    max_restarts: MaxRestarts = None
    min_coverage: MinCoverage = None
    min_calibration: MinCalibration = None
    exit_zero: Annotated[bool, _EXIT_ZERO] = False


class OtherConditions(NamedTuple):
    """Exit code."""

    fail_on: Annotated[frozenset[str] | None, _FAIL_ON] = None
    max_restarts: MaxRestarts = None
    min_coverage: MinCoverage = None
    min_calibration: MinCalibration = None
    exit_zero: Annotated[bool | None, _EXIT_ZERO] = None

    @property
    def takes_exit_zero_back(self) -> bool:
        """Whether nothing is asked but that a plan's own conditions count, although it was made with --exit-zero."""
        return self.exit_zero is False and all(value is None for value in self[:-1])

    def limits(self) -> "GateLimits | None":
        """What is to be met instead of what a plan was saved with; None where nothing is given, so that its own gate stands."""
        from upgradecheck.planning.asking.exit_codes import GateLimits

        given = {name: value for name, value in self._asdict().items() if value is not None and value is not False}
        return GateLimits(**given) if given else None


DisallowIgnores = Annotated[
    bool, option("--disallow-ignores", help="Ignore nothing, whatever an ignore file says; it is audited all the same.")
]


class IgnoreOptions(NamedTuple):
    """Ignoring."""

    ignore_file: Annotated[
        str | None, option("--ignore-file", metavar="FILE", help="What is accepted, by whom, why and until when (docs/ignoring.md).")
    ] = None
    disallow_ignores: DisallowIgnores = False


class NoIgnoring(NamedTuple):
    """Ignoring."""

    disallow_ignores: DisallowIgnores = False


MaxPerWave = Annotated[
    str | None,
    option(
        "--max-per-wave",
        metavar="N|P%",
        help="Upgrade at most so many nodes together, or this share of the workers (docs/waves.md).",
        read=max_per_wave,
    ),
]


class WaveOptions(NamedTuple):
    """Waves."""

    max_per_wave: MaxPerWave = None
    wave_by: Annotated[
        str | None,
        option(
            "--wave-by",
            metavar="LABEL",
            help="The label of nodes that names their pool; no wave then has nodes of two. [default: those of clouds, then roles]",
        ),
    ] = None

    def rules(self) -> "WaveRules":
        """What is asked of the waves."""
        from upgradecheck.model.waves import WaveRules

        return WaveRules(self.wave_by, self.max_per_wave)

    def asked(self) -> "WaveRules | None":
        """None where nothing is given."""
        return self.rules() if any(self) else None


Kubeconfig = Annotated[
    str | None, option("--kubeconfig", metavar="FILE", help="Reach the cluster by this file. [default: as kubectl finds it]")
]
AllowExec = Annotated[
    bool, option("--allow-exec", help="Run the credential plugin of the current context, too; that of a --context runs anyway.")
]
Timeout = Annotated[
    float, option("--timeout", metavar="DURATION", help="Time for everything that is asked of the cluster.", read=seconds, aside=True)
]
RequestTimeout = Annotated[
    float, option("--request-timeout", metavar="DURATION", help="Time for one request to the cluster.", read=seconds, aside=True)
]


class ClusterOptions(NamedTuple):
    """Cluster."""

    kubeconfig: Kubeconfig = None
    context: Annotated[str | None, option("--context", metavar="NAME", help="The kubeconfig's context to use.")] = None
    allow_exec: AllowExec = False
    timeout: Timeout = default("10m")
    request_timeout: RequestTimeout = default("30s")

    def live(self, watch: "Watch", tell: "Callable[[str], None]") -> "LiveCluster":
        """The cluster, to be read; watch is told how far that is, tell what is run for it."""
        from upgradecheck.commands.request import LiveCluster

        return LiveCluster(self.kubeconfig, self.context, self.allow_exec, self.timeout, self.request_timeout, watch, tell)


class ClustersOptions(NamedTuple):
    """Cluster."""

    kubeconfig: Kubeconfig = None
    contexts: Annotated[
        tuple[str, ...],
        option("--context", metavar="NAME|PATTERN", help="The kubeconfig's context; several, or a pattern: each cluster's report."),
    ] = ()
    dumps: Annotated[
        tuple[str, ...],
        option(
            "--dump",
            metavar="[NAME=]FILE|DIR",
            help="What was dumped from one cluster, each of its own; all that -f names is one. Patterns too. Repeatable.",
        ),
    ] = ()
    allow_exec: AllowExec = False
    timeout: Timeout = default("10m")
    request_timeout: RequestTimeout = default("30s")

    def one(self, context: str | None) -> ClusterOptions:
        """The options of one cluster, by its context."""
        return ClusterOptions(self.kubeconfig, context, self.allow_exec, self.timeout, self.request_timeout)


class Color(str, Enum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class WhenProgress(str, Enum):
    """When and how to show progress."""

    AUTO = "auto"
    JSON = "json"
    NEVER = "never"


Outputs = Annotated[
    tuple[str, ...],
    option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="Show the result in this format, on standard output or in FILE: {formats}. Repeatable. [default: table]",
        complete=complete_format,
        aside=True,
    ),
]


class Output(NamedTuple):
    """Output."""

    outputs: Outputs = ()
    color: Annotated[Color, option("--color", help="Colour; auto: on a terminal, unless NO_COLOR or FORCE_COLOR is set.", aside=True)] = (
        Color.AUTO
    )
    progress: Annotated[
        WhenProgress,
        option("--progress", help="Progress; auto: on a terminal; json: lines of JSON on standard error, for programs.", aside=True),
    ] = WhenProgress.AUTO
    no_progress: Annotated[bool, option("--no-progress", help="Show no progress on the terminal.", excludes="progress", aside=True)] = False


class Showing(NamedTuple):
    """Lists."""

    everything: Annotated[bool, option("--all", help="Show every list of a report whole; without it, long ones are cut.", aside=True)] = (
        False
    )


class Saying(NamedTuple):
    """General."""

    config: Annotated[
        str | None,
        option(
            "--config",
            metavar="FILE|none",
            help="Read options from this file. [default: the user's own, see upgradecheck config]",
            aside=True,
        ),
    ] = None
    quiet: Annotated[bool, option("--quiet", "-q", help="No progress and no remarks; errors only.", aside=True)] = False
    verbose: Annotated[
        int,
        option(
            "--verbose", "-v", help="Say on standard error what is read, joined and left out; twice for more.", counted=True, aside=True
        ),
    ] = 0
    debug: Annotated[bool, option("--debug", help="Log everything, requests and times included, and show tracebacks.", aside=True)] = False
