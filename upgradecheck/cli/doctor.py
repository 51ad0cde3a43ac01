"""``upgradecheck doctor``."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.options import Color, ColorChoice, Debug, Outputs, Quiet, Verbose, many, option, seconds
from upgradecheck.cli.plan_options import AllowExec, CheckpointPath, CriSocket, Kubeconfig, KubeContext, Namespaces, RequestTimeout, Timeout
from upgradecheck.model.errors import UsageError

EPILOG = """\
\b
Examples:
  upgradecheck doctor
  upgradecheck doctor --context prod -n shop
  upgradecheck doctor --cri auto --checkpoint /var/lib/upgradecheck/checkpoint      (on a node)
  upgradecheck doctor --rbac | kubectl apply -f -

\b
Exit codes:
  0  plan can see all that it needs, but for what a warning names
  1  something that it needs is not there
  64 usage error; 130, 143 interrupted
"""


def doctor_command(
    context: typer.Context,
    rbac: Annotated[bool, option("--rbac", help="Print the least roles that plan needs; ask nobody anything.")] = False,
    namespaces: Namespaces = None,
    kubeconfig: Kubeconfig = None,
    kube_context: KubeContext = None,
    allow_exec: AllowExec = False,
    timeout: Timeout = "10m",
    request_timeout: RequestTimeout = "30s",
    cri: CriSocket = None,
    checkpoint: CheckpointPath = None,
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Could plan see all that it needs from here? Configuration, reachability, permissions, versions, clocks, sockets, checkpoint."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(many(outputs), "doctor", color)
    limits = seconds("--timeout", timeout), seconds("--request-timeout", request_timeout)
    context.obj.start_logging()
    if rbac and outputs:
        raise UsageError("--rbac and -o exclude each other: roles are YAML. Leave one of them out.")
    if rbac:
        from upgradecheck.cli.session import write_stdout

        write_stdout(_roles(many(namespaces)))
        return 0

    from upgradecheck.commands.doctor import DoctorRequest, diagnose
    from upgradecheck.machine.finding import Machine
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    request = DoctorRequest(
        Target(kubeconfig, kube_context, allow_exec, context.obj.tell), Limits(*limits), many(namespaces), cri, checkpoint
    )
    with open_sinks(wanted, context.obj) as sinks:
        found = diagnose(request, Machine())
        write_all([one.of(found) for one in wanted], sinks)
    return 1 if found.failed else 0


def _roles(namespaces: tuple[str, ...]) -> str:
    import yaml

    from upgradecheck.transport.access import ROLE, roles

    documents = yaml.safe_dump_all(roles(namespaces), sort_keys=False)
    bind = [f"kubectl create clusterrolebinding {ROLE} --clusterrole={ROLE} --serviceaccount=NAMESPACE:ACCOUNT"]
    bind += [
        f"kubectl create rolebinding {ROLE} -n {namespace} --role={ROLE} --serviceaccount=NAMESPACE:ACCOUNT"
        for namespace in dict.fromkeys(namespaces)
    ]
    return "".join(f"# bind: {line}\n" for line in bind) + documents
