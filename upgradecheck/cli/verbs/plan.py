"""Who restarts, why, and how sure that is."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import option
from upgradecheck.cli.groups import (
    ClustersOptions,
    Conditions,
    EvidenceOptions,
    IgnoreOptions,
    Input,
    Output,
    ScopeOptions,
    Showing,
    Versions,
    WaveOptions,
)
from upgradecheck.cli.session import Session
from upgradecheck.model.exit_codes import exit_codes

EPILOG = f"""\
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
  Several clusters, one report and one exit code, and each one's own plan:
    upgradecheck plan --to 1.31 --context 'prod-*' --context test
    upgradecheck plan --to 1.31 --dump dumps/prod --dump test=/tmp/t.json
    upgradecheck plan --to 1.31 --context '*' -o 'json=plan-{{cluster}}.json'
  In a pipeline: at most 5% of containers may restart, and keep the plan:
    upgradecheck plan --from 1.29 --to 1.30 -f dump/ --max-restarts 5% -o table -o json=plan.json

Exit codes:
{exit_codes()}
  64 usage error; 130, 143 interrupted

Each option can be set in the environment too, as UPGRADECHECK_MAX_RESTARTS,
and in a configuration file (upgradecheck config). The option wins over the
environment, and that over the file.
"""

SHOWS: Final = "plan"


class Options(NamedTuple):
    """Overrides."""

    override: Annotated[bool, option("--override", help="Plan too which restarts an override of the recorded hash can hold.")] = False


class Owners(NamedTuple):
    """Owners."""

    owner_label: Annotated[
        str | None,
        option("--owner-label", metavar="KEY", help="The label of pods that tells whose they are; a runbook names it."),
    ] = None


def run(
    session: Session,
    versions: Versions,
    reading: Input,
    evidence: EvidenceOptions,
    options: Options,
    owners: Owners,
    scope: ScopeOptions,
    conditions: Conditions,
    ignoring: IgnoreOptions,
    waves: WaveOptions,
    cluster: ClustersOptions,
    output: Output,
    showing: Showing,
) -> int:
    """Which containers will the new kubelet kill and recreate, why, and how sure is that?"""
    from msgspec.structs import replace

    from upgradecheck.cli.asking import live_cluster, plan_request
    from upgradecheck.cli.gating import tell_gate, tell_gates
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress
    from upgradecheck.cli.several import plan_several, several_asked
    from upgradecheck.commands.plan import make_plan

    request = replace(plan_request(versions, reading, evidence, scope), override=options.override, **conditions._asdict())
    request = replace(request, owner_label=owners.owner_label)
    request = replace(request, ignore_file=ignoring.ignore_file, allow_ignores=not ignoring.disallow_ignores, waves=waves.rules())
    if several_asked(request, cluster, session):
        with progress(session, output) as watch:
            clusters = plan_several(replace(request, watch=watch), cluster, output, showing, session, watch)
        tell_gates(session, clusters)
        return clusters.exit_code
    wanted = parse_outputs(output.outputs, SHOWS, output.color, everything=showing.everything)
    of_one = cluster.one(cluster.contexts[0] if cluster.contexts else None)
    with open_sinks(wanted, session) as sinks:
        with progress(session, output) as watch:
            plan = make_plan(replace(request, cluster=live_cluster(request, of_one, watch, session), watch=watch))
        write_all([report.of(plan) for report in wanted], sinks)
    tell_gate(session, plan)
    return plan.exit_code
