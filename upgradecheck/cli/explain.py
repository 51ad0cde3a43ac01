"""``upgradecheck explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_version
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
    check_input,
    many,
    option,
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
    from_version: Annotated[
        str | None,
        option(
            "--from",
            metavar="VERSION",
            help="The kubelet that runs now. [default: what each node reports]",
            show_default=False,
            autocompletion=complete_version,
        ),
    ] = None,
    to_version: Annotated[
        str | None,
        option(
            "--to",
            metavar="VERSION",
            help="The kubelet to upgrade to, such as 1.31 or v1.31.4.",
            show_default=False,
            autocompletion=complete_version,
        ),
    ] = None,
    files: Files = None,
    recursive: Recursive = False,
    static_pods: Annotated[
        str | None,
        option(
            "--static-pods",
            metavar="DIR|FILE|URL",
            help="The manifests of one node's static pods, read as its kubelet reads them.",
            show_default=False,
        ),
    ] = None,
    feature_gates: Annotated[
        list[str] | None,
        option(
            "--feature-gate",
            metavar="[from:|to:|api:]NAME=BOOL",
            help="A feature gate that is set on the kubelets (or one of them). Repeatable.",
            show_default=False,
        ),
    ] = None,
    to_config: Annotated[
        str | None,
        option(
            "--to-config",
            metavar="FILE",
            help="The KubeletConfiguration that the new kubelet starts with, if it is another than the one given with -f.",
            show_default=False,
        ),
    ] = None,
    example: Annotated[bool, option("--example", help="Take the recorded real node that ships with the program.")] = False,
    namespaces: Annotated[
        list[str] | None, option("--namespace", "-n", metavar="NAME", help="Only pods of this namespace. Repeatable.", show_default=False)
    ] = None,
    nodes: Annotated[
        list[str] | None, option("--node", metavar="NAME", help="Only pods on this node. Repeatable.", show_default=False)
    ] = None,
    node_selector: Annotated[
        str | None, option("--node-selector", metavar="SELECTOR", help="Only pods on nodes with these labels.", show_default=False)
    ] = None,
    show_values: Annotated[
        bool, option("--show-values", help="Show the values that are hashed otherwise; they may hold env values and commands.")
    ] = False,
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

    check_input(many(files), example=example, live=static_pods is not None)
    if to_version is None and not example:
        raise UsageError("--to is missing: name the kubelet version to upgrade to, such as --to 1.31.")
    wanted = parse_outputs(many(outputs), "explanation", color)
    context.obj.start_logging()

    from upgradecheck.explaining import ExplainRequest, make_explanation
    from upgradecheck.pipeline import PlanRequest

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
    )
    if show_values:
        context.obj.tell("--show-values: the output may hold values of the spec, env values included. Treat it as secret.")
    with open_sinks(wanted, context.obj) as sinks:
        with progress(wanted=not (no_progress or quiet or debug or verbose)):
            explanation = make_explanation(ExplainRequest(plan, target, show_values))
        write_all([one.renderer.explanation(explanation, one.canvas) for one in wanted if one.renderer.explanation], sinks)
    return 0
