"""``upgradecheck explain``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from upgradecheck.cli.options import (
    Color,
    ColorChoice,
    Debug,
    Files,
    NoProgress,
    Outputs,
    Quiet,
    Recursive,
    Verbose,
    many,
    option,
)
from upgradecheck.cli.plan_options import (
    AllowExec,
    CheckpointPath,
    CriSocket,
    DockerSocket,
    FeatureGates,
    FromVersion,
    Kubeconfig,
    KubeContext,
    Namespaces,
    NodeNames,
    NodeSelector,
    OverridesInForce,
    RequestTimeout,
    StaticPods,
    Timeout,
    ToConfig,
    ToVersion,
    planning_input,
)
from upgradecheck.model.errors import UsageError

EPILOG = """\
\b
Examples:
  upgradecheck explain --example default/lc-sleep
  upgradecheck explain --to 1.31 -f dump/ shop/web-0/app
  upgradecheck explain --to 1.31 -f dump/ web-0 -o markdown > ticket.md

\b
Give the same inputs as to plan: the pods of a node decide about each other's admission. POD can be a pod's UID, too.

\b
Exit codes:
  0  explained, whatever the verdict
  1  no report could be made
  64 usage error, no such pod, or several; 130, 143 interrupted
"""


def explain_command(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(metavar="[NAMESPACE/]POD[/CONTAINER]", help="The pod, or the one container of it, to explain.", show_default=False),
    ],
    from_version: FromVersion = None,
    to_version: ToVersion = None,
    files: Files = None,
    recursive: Recursive = False,
    static_pods: StaticPods = None,
    cri: CriSocket = None,
    docker: DockerSocket = None,
    feature_gates: FeatureGates = None,
    to_config: ToConfig = None,
    checkpoint: CheckpointPath = None,
    override_in_force: OverridesInForce = None,
    example: Annotated[bool, option("--example", help="Take the recorded real node that ships with the program.")] = False,
    namespaces: Namespaces = None,
    nodes: NodeNames = None,
    node_selector: NodeSelector = None,
    show_values: Annotated[
        bool, option("--show-values", help="Show the values that are hashed otherwise; they may hold env values and commands.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    kube_context: KubeContext = None,
    allow_exec: AllowExec = False,
    timeout: Timeout = "10m",
    request_timeout: RequestTimeout = "30s",
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    no_progress: NoProgress = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Why does the new kubelet do what plan says, for one pod: its decision step by step, and what would avoid it?"""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.terminal import progress

    ways = kubeconfig, kube_context, allow_exec, timeout, request_timeout
    reach = planning_input(many(files), static_pods, (cri, docker), ways, example=example)
    if to_version is None and not example:
        raise UsageError("--to is missing: name the kubelet version to upgrade to, such as --to 1.31.")
    wanted = parse_outputs(many(outputs), "explain", color)
    context.obj.start_logging()

    from upgradecheck.commands.explain import ExplainRequest, make_explanation
    from upgradecheck.commands.plan import PlanRequest

    plan = PlanRequest(
        files=many(files),
        recursive=recursive,
        example=example,
        from_version=from_version,
        to_version=to_version,
        namespaces=many(namespaces),
        nodes=many(nodes),
        node_selector=node_selector,
        static_pods=static_pods,
        feature_gates=many(feature_gates),
        to_config=to_config,
        checkpoint=checkpoint,
        in_force=many(override_in_force),
        cri=cri,
        docker=docker,
    )
    if show_values:
        context.obj.tell("--show-values: the output may hold values of the spec, env values included. Treat it as secret.")
    with open_sinks(wanted, context.obj) as sinks:
        with progress(wanted=not (no_progress or quiet or debug or verbose)) as watch:
            plan = plan if reach is None else replace(plan, cluster=reach.cluster(watch, context.obj.tell))
            explanation = make_explanation(ExplainRequest(plan, target, show_values))
        write_all([one.of(explanation) for one in wanted], sinks)
    return 0
