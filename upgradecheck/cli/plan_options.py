"""Options of the commands that make a plan, and which input they mean together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.options import check_input, option, seconds
from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from upgradecheck.commands.plan import LiveCluster

FromVersion = Annotated[
    str | None,
    option(
        "--from",
        metavar="VERSION",
        help="The kubelet that runs now. [default: what each node reports]",
        show_default=False,
        autocompletion=complete_version,
    ),
]
ToVersion = Annotated[
    str | None,
    option(
        "--to",
        metavar="VERSION",
        help="The kubelet to upgrade to, such as 1.31 or v1.31.4.",
        show_default=False,
        autocompletion=complete_version,
    ),
]
StaticPods = Annotated[
    str | None,
    option(
        "--static-pods",
        metavar="DIR|FILE|URL",
        help="The manifests of one node's static pods, read as its kubelet reads them.",
        show_default=False,
    ),
]
FeatureGates = Annotated[
    list[str] | None,
    option(
        "--feature-gate",
        metavar="[from:|to:|api:]NAME=BOOL",
        help="A feature gate that is set on the kubelets (or one of them). Repeatable.",
        show_default=False,
    ),
]
ToConfig = Annotated[
    str | None,
    option(
        "--to-config",
        metavar="FILE",
        help="The KubeletConfiguration that the new kubelet starts with, if it is another than the one given with -f.",
        show_default=False,
    ),
]
CheckpointPath = Annotated[
    str | None,
    option(
        "--checkpoint",
        metavar="FILE|DIR",
        help="Which kubelets ran on a node: tells who created containers that no record shows. A directory has a file per node.",
        show_default=False,
    ),
]
CriSocket = Annotated[
    str | None,
    option("--cri", metavar="SOCKET|auto", help="The container runtime of this node, asked for its records.", show_default=False),
]
DockerSocket = Annotated[
    str | None,
    option("--docker", metavar="SOCKET|auto", help="The docker engine of this node, asked for its records.", show_default=False),
]
OverridesInForce = Annotated[
    list[str] | None,
    option(
        "--override-in-force",
        metavar="FILE",
        help="A journal of override apply, or the plan that override proxy serves: kubelets see these hashes now. Repeatable.",
        show_default=False,
    ),
]
Namespaces = Annotated[
    list[str] | None, option("--namespace", "-n", metavar="NAME", help="Only pods of this namespace. Repeatable.", show_default=False)
]
NodeNames = Annotated[list[str] | None, option("--node", metavar="NAME", help="Only pods on this node. Repeatable.", show_default=False)]
NodeSelector = Annotated[
    str | None, option("--node-selector", metavar="SELECTOR", help="Only pods on nodes with these labels.", show_default=False)
]
Kubeconfig = Annotated[
    str | None,
    option("--kubeconfig", metavar="FILE", help="Reach the cluster by this file. [default: as kubectl finds it]", show_default=False),
]
KubeContext = Annotated[str | None, option("--context", metavar="NAME", help="The kubeconfig's context to use.", show_default=False)]
AllowExec = Annotated[
    bool, option("--allow-exec", help="Run the credential plugin of the current context, too; that of a --context runs anyway.")
]
Timeout = Annotated[str, option("--timeout", metavar="DURATION", help="Time for everything that is asked of the cluster.")]
RequestTimeout = Annotated[str, option("--request-timeout", metavar="DURATION", help="Time for one request to the cluster.")]


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach the live cluster, as the options say; times in seconds."""

    kubeconfig: str | None
    context: str | None
    allow_exec: bool
    timeout: float
    request_timeout: float

    def cluster(self, watch: Callable[[str], None], tell: Callable[[str], None]) -> LiveCluster:
        """The cluster, to be read; tell hears what is run for it."""
        from upgradecheck.commands.plan import LiveCluster

        return LiveCluster(self.kubeconfig, self.context, self.allow_exec, self.timeout, self.request_timeout, watch, tell)


Ways = tuple[str | None, str | None, bool, str, str]
"""--kubeconfig, --context, --allow-exec, --timeout and --request-timeout as given."""


def planning_input(
    files: tuple[str, ...], static_pods: str | None, runtime: tuple[str | None, str | None], ways: Ways, *, example: bool
) -> Reach | None:
    """The live cluster, where no other input gives pods; runtime is --cri and --docker as given.

    Raises:
        UsageError: inputs exclude each other, or a duration is none.
    """
    kubeconfig, context, allow_exec, timeout, request_timeout = ways
    given = [option for option, place in zip(("--cri", "--docker"), runtime, strict=True) if place]
    if len(given) > 1:
        raise UsageError("--cri and --docker exclude each other: a kubelet has one runtime. Name the one that this node's kubelet uses.")
    if example and given:
        raise UsageError(f"--example and {given[0]} exclude each other: the example brings its own records. Leave one of them out.")
    check_input(files, example=example, live=True)
    limits = seconds("--timeout", timeout), seconds("--request-timeout", request_timeout)
    return None if files or example or static_pods else Reach(kubeconfig, context, allow_exec, *limits)
