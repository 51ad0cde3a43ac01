"""Could plan see all that it needs from here?"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import option
from upgradecheck.cli.groups import (
    AllNamespaces,
    CheckpointPath,
    ClusterOptions,
    CriSocket,
    DockerSocket,
    FleetNamespace,
    Namespaces,
    Output,
)
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

EPILOG = """\
Examples:
  upgradecheck doctor
  upgradecheck doctor --context prod -n shop
  upgradecheck doctor --cri auto --checkpoint /var/lib/upgradecheck/checkpoint      (on a node)
  upgradecheck doctor --docker auto      (on a node with dockershim)
  upgradecheck doctor --rbac | kubectl apply -f -
  upgradecheck doctor --rbac --fleet      (with the roles for bundles of nodes)
  upgradecheck doctor --recipe > recipe.sh      (what to dump where plan cannot read by itself)

Exit codes:
  0  plan can see all that it needs, but for what a warning names
  1  something that it needs is not there
  64 usage error; 130, 143 interrupted
"""

SHOWS: Final = "doctor"


class Options(NamedTuple):
    """What is asked for."""

    rbac: Annotated[bool, option("--rbac", help="Print the least roles that plan needs; ask nobody anything.")] = False
    recipe: Annotated[bool, option("--recipe", help="Print the commands that dump what plan needs: kubectl's, and each node's.")] = False
    namespaces: Namespaces = ()
    all_namespaces: AllNamespaces = False
    cri: CriSocket = None
    docker: DockerSocket = None
    checkpoint: CheckpointPath = None
    fleet: Annotated[bool, option("--fleet", help="Also what nodes' bundles need: to publish them, and to plan with them.")] = False
    fleet_namespace: FleetNamespace = None


def run(session: Session, options: Options, cluster: ClusterOptions, output: Output) -> int:
    """Could plan see all that it needs from here? Configuration, reachability, permissions, versions, clocks, sockets, checkpoint."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    _check(options, output)
    from upgradecheck.model.fleet import NAMESPACE

    fleet = (options.fleet_namespace or NAMESPACE) if options.fleet else None
    if options.rbac:
        from upgradecheck.cli.session import write_stdout

        write_stdout(_roles(options.namespaces, fleet))
        return 0

    from upgradecheck.commands.doctor import DoctorRequest, diagnose
    from upgradecheck.machine.node import Machine
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    target = Target(cluster.kubeconfig, cluster.context, cluster.allow_exec, session.tell)
    limits = Limits(cluster.timeout, cluster.request_timeout)
    request = DoctorRequest(target, limits, options.namespaces, options.cri, options.checkpoint, options.docker, fleet)
    if options.recipe:
        from upgradecheck.cli.session import write_stdout
        from upgradecheck.commands.recipe import recipe_of

        write_stdout(recipe_of(request))
        return 0
    with open_sinks(wanted, session) as sinks:
        found = diagnose(request, Machine())
        write_all([one.of(found) for one in wanted], sinks)
    return 1 if found.failed else 0


def _check(options: Options, output: Output) -> None:
    """That what is printed is one thing."""
    if options.cri is not None and options.docker is not None:
        raise UsageError("--cri and --docker exclude each other: a node has one runtime. Leave one of them out.")
    if options.rbac and options.recipe:
        raise UsageError("--rbac and --recipe exclude each other: each prints a text of its own. Leave one of them out.")
    if options.rbac and output.outputs:
        raise UsageError("--rbac and -o exclude each other: roles are YAML. Leave one of them out.")
    if options.recipe and output.outputs:
        raise UsageError("--recipe and -o exclude each other: a recipe is a shell script. Leave one of them out.")


def _roles(namespaces: tuple[str, ...], fleet: str | None) -> str:
    import yaml

    from upgradecheck.transport.access import AGENT, READER, ROLE, fleet_roles, roles

    every = (*roles(namespaces), *(() if fleet is None else fleet_roles(fleet)))
    documents = yaml.safe_dump_all(every, sort_keys=False)
    bind = [f"kubectl create clusterrolebinding {ROLE} --clusterrole={ROLE} --serviceaccount=NAMESPACE:ACCOUNT"]
    bind += [
        f"kubectl create rolebinding {ROLE} -n {namespace} --role={ROLE} --serviceaccount=NAMESPACE:ACCOUNT"
        for namespace in dict.fromkeys(namespaces)
    ]
    if fleet is not None:
        bind += [f"kubectl create rolebinding {one} -n {fleet} --role={one} --serviceaccount=NAMESPACE:ACCOUNT" for one in (READER, AGENT)]
        bind.append(f"kubectl create clusterrolebinding {AGENT} --clusterrole={AGENT} --serviceaccount=NAMESPACE:ACCOUNT")
    return "".join(f"# bind: {line}\n" for line in bind) + documents
