"""``upgradecheck plan``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_fail_on
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
    comma_lists,
    many,
    option,
    percentage,
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
  The live cluster, by the kubeconfig that kubectl uses:
    upgradecheck plan --to 1.31
  A recorded real node, 1.22.17 to 1.30.14:
    upgradecheck plan --example
  What was dumped from a cluster, and what crictl says on its nodes:
    kubectl get pods -A -o json > pods.json
    kubectl get nodes -o json > nodes.json
    crictl ps -a -o json > node-a-crictl.json      (on the node)
    upgradecheck plan --to 1.31 -f pods.json -f nodes.json -f node-a-crictl.json
  In a pipeline: at most 5% of containers may restart, and keep the plan:
    upgradecheck plan --from 1.29 --to 1.30 -f dump/ --max-restarts 5% -o table -o json=plan.json

\b
Exit codes:
  0  complete, and nothing that --fail-on names
  1  no report could be made: conclude nothing
  2  restarts, recreations or rejections predicted
  3  undetermined: unknown verdicts, partial data, nothing examined
  4  hazards, if --fail-on names them
  64 usage error; 130, 143 interrupted

Each option can be set in the environment too: --max-restarts is UPGRADECHECK_MAX_RESTARTS. The option wins.
"""

FAIL_ON = ("restart", "unknown", "estimated", "hazard")
_EXAMPLE_TO = "1.30.14"


def plan_command(
    context: typer.Context,
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
    example: Annotated[bool, option("--example", help="Plan for a recorded real node that ships with the program.")] = False,
    namespaces: Namespaces = None,
    excluded_namespaces: Annotated[
        list[str] | None, option("--exclude-namespace", metavar="NAME", help="No pods of this namespace. Repeatable.", show_default=False)
    ] = None,
    selector: Annotated[
        str | None, option("--selector", "-l", metavar="SELECTOR", help="Only pods with these labels, such as app=web.", show_default=False)
    ] = None,
    nodes: NodeNames = None,
    node_selector: NodeSelector = None,
    override: Annotated[
        bool,
        option("--override", help="Plan too which restarts an override of the recorded hash can hold."),
    ] = False,
    fail_on: Annotated[
        list[str] | None,
        option(
            "--fail-on",
            metavar="WHAT,...",
            help=f"What makes the exit code differ from 0: {', '.join(FAIL_ON)}; none for nothing of these. [default: restart,unknown]",
            show_default=False,
            autocompletion=complete_fail_on,
        ),
    ] = None,
    max_restarts: Annotated[
        str | None, option("--max-restarts", metavar="N|P%", help="Tolerate this many restarting containers.", show_default=False)
    ] = None,
    min_coverage: Annotated[
        str | None,
        option("--min-coverage", metavar="PERCENT", help="Exit 3 if fewer of the nodes have records of their runtime.", show_default=False),
    ] = None,
    min_calibration: Annotated[
        str | None,
        option("--min-calibration", metavar="PERCENT", help="Exit 3 if fewer of the recorded hashes are reproduced.", show_default=False),
    ] = None,
    exit_zero: Annotated[bool, option("--exit-zero", help="Exit 0 instead of 2, 3 or 4.")] = False,
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
    """Which containers will the new kubelet kill and recreate, why, and how sure is that?"""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.terminal import progress

    ways = kubeconfig, kube_context, allow_exec, timeout, request_timeout
    reach = planning_input(many(files), static_pods, (cri, docker), ways, example=example)
    if to_version is None and not example:
        raise UsageError("--to is missing: name the kubelet version to upgrade to, such as --to 1.31.")
    wanted = parse_outputs(many(outputs), "plan", color)
    gate = {"min_coverage": percentage("--min-coverage", min_coverage), "min_calibration": percentage("--min-calibration", min_calibration)}
    conditions = _fail_on(fail_on)
    _check_max_restarts(max_restarts)
    context.obj.start_logging()

    from upgradecheck.commands.plan import PlanRequest, make_plan

    request = PlanRequest(
        files=many(files),
        recursive=recursive,
        example=example,
        from_version=from_version,
        to_version=to_version or _EXAMPLE_TO,
        namespaces=many(namespaces),
        excluded_namespaces=many(excluded_namespaces),
        nodes=many(nodes),
        selector=selector,
        node_selector=node_selector,
        fail_on=conditions,
        max_restarts=max_restarts,
        exit_zero=exit_zero,
        static_pods=static_pods,
        feature_gates=many(feature_gates),
        to_config=to_config,
        checkpoint=checkpoint,
        in_force=many(override_in_force),
        override=override,
        min_coverage=gate["min_coverage"],
        min_calibration=gate["min_calibration"],
        cri=cri,
        docker=docker,
    )
    with open_sinks(wanted, context.obj) as sinks:
        with progress(wanted=not (no_progress or quiet or debug or verbose)) as watch:
            plan = make_plan(request if reach is None else replace(request, cluster=reach.cluster(watch, context.obj.tell)))
        write_all([report.of(plan) for report in wanted], sinks)
    return plan.exit_code


def _fail_on(values: list[str] | None) -> frozenset[str]:
    if not values:
        return frozenset({"restart", "unknown"})
    words = frozenset(comma_lists("--fail-on", values))
    if words == {"none"}:
        return frozenset()
    strange = sorted(words - set(FAIL_ON))
    if strange:
        raise UsageError(f"--fail-on {', '.join(map(repr, strange))}: not known, wanted some of {', '.join(FAIL_ON)}, or none alone.")
    return words


def _check_max_restarts(text: str | None) -> None:
    number = "0" if text is None else text.removesuffix("%")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"--max-restarts {text!r}: a number of containers or a percentage of them is wanted, such as 3 or 5%.")
