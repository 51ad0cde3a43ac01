"""``plan``: what was asked is opened, read and handed through the phases; the only place that joins the edges to the core.

Nodes and records are small and read first; then pods stream by, each reduced at once (planning.seeing.views); last what pods do not need.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.commands import clock
from upgradecheck.commands.here import ask_node, asked_in_force, require_no_proxy
from upgradecheck.commands.opening import (
    checkpoints_of,
    configs_of,
    ignores_of,
    in_force_of,
    manifests_of,
    open_source,
    providers_of,
    state_files_of,
    user_ids_of,
)
from upgradecheck.commands.request import LiveCluster, PlanRequest, check, target_of
from upgradecheck.commands.scoping import scope_of
from upgradecheck.commands.telling import tell_joined
from upgradecheck.commands.telling_fast import tell_fast
from upgradecheck.logs import Log
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Plan
from upgradecheck.model.pod import NodeFacts, PodView
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.asking.bundles import lacking, with_collected
from upgradecheck.planning.asking.credential_providers import with_providers
from upgradecheck.planning.asking.drop_in_dirs import with_drop_ins
from upgradecheck.planning.asking.endpoints import with_endpoints
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.asking.feature_gates import parse_feature_gates
from upgradecheck.planning.asking.flags import with_flags
from upgradecheck.planning.asking.here import Here, reporting, with_here
from upgradecheck.planning.asking.moved_gates import with_moved_gates
from upgradecheck.planning.asking.naming import with_names
from upgradecheck.planning.asking.newruntime import parse_runtime, with_new_runtime
from upgradecheck.planning.asking.own_configs import with_own, with_untold
from upgradecheck.planning.asking.provisional import with_provisional
from upgradecheck.planning.asking.remarks import with_remarks
from upgradecheck.planning.asking.reserved import with_reserved
from upgradecheck.planning.asking.reserved_memory import with_reserved_memory
from upgradecheck.planning.asking.runtimes import with_runtimes
from upgradecheck.planning.asking.scope import filter_of
from upgradecheck.planning.asking.servers import api_servers, with_servers
from upgradecheck.planning.asking.setups import Part, SetUps, in_parts, settled
from upgradecheck.planning.asking.shown import flags_shown, likely_on_cgroup_v1, without_cgroup_v2
from upgradecheck.planning.asking.starting import minors_that_run, with_troubles
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import Steps, at_rest, plan_steps
from upgradecheck.planning.asking.supposed import with_supposed
from upgradecheck.planning.asking.swap import with_swap
from upgradecheck.planning.asking.usernamespaces import with_user_namespaces
from upgradecheck.planning.asking.wave_rules import check_label
from upgradecheck.planning.building import unparted
from upgradecheck.planning.checking_runtime import check_asked
from upgradecheck.planning.evidence.histories import plan_histories
from upgradecheck.planning.evidence.in_force import collected_in_force
from upgradecheck.planning.phases import Decided, Settled, decide, settle
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.views import Seen, see
from upgradecheck.planning.setting import Setting
from upgradecheck.planning.waves import with_waves

if TYPE_CHECKING:
    from upgradecheck.commands.here import AskedNode
    from upgradecheck.sources import Again, Source

__all__ = ["LiveCluster", "PlanRequest", "make_plan", "planned"]


_LOG = Log(__name__)


class Keep(Protocol):
    """Of which pods a plan keeps what it was made of."""

    def __call__(self, view: PodView, /) -> bool:
        """Whether a view is of one."""
        ...

    @property
    def texts(self) -> frozenset[bytes] | None:
        """Of which each document of one holds some, as it stands or escaped: those are far sooner found. None: any may be of one."""
        ...


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A plan, and the values of the phases that it was made in."""

    plan: Plan
    setting: Setting
    decided: Decided
    settled: Settled


def make_plan(request: PlanRequest) -> Plan:
    """The plan for files, or for the live cluster.

    Raises:
        UpgradecheckError: no report can be made, or an option cannot be used.
    """
    plan, waves = _unparted(request)
    return with_waves(plan, waves)


def _unparted(request: PlanRequest) -> tuple[Plan, WaveRules]:
    """The plan before its nodes are parted, and by which rules they will be; whatever it was made of is let go of."""
    made = _planned(request, None)
    return made.plan, made.setting.waves


def planned(request: PlanRequest, keep: Keep | None = None) -> Planned:
    """The plan, and what it was made of. keep: the views of pods whose documents, and whatever they were decided by, are kept.

    Where pods to be kept name their nodes in files, which can be read twice, the plan is of the pods of these nodes: they decide about
    each other, and of all others only what their views tell concerns them.

    Raises:
        UpgradecheckError: no report can be made, or an option cannot be used.
    """
    made = _planned(request, keep)
    return replace(made, plan=with_waves(made.plan, made.setting.waves))


def _planned(request: PlanRequest, keep: Keep | None) -> Planned:
    """The plan before its nodes are parted, and what it was made of."""
    check(request)
    catalog, target, gates = Catalog(), target_of(request), parse_feature_gates(request.feature_gates)
    limits = GateLimits(request.fail_on, request.max_restarts, request.min_coverage, request.min_calibration, request.exit_zero)
    early = plan_steps((), request.from_version, target, catalog, gates)  # a version that cannot be is told before a large input is read
    if request.cluster is None or request.api_to or request.api_from:
        api_servers(request.api_from, request.api_to, None, early.target, catalog, gates)
    with _LOG.timed("opening the inputs"):
        source = open_source(request)
    with closing(source):
        with _LOG.timed("reading what pods are judged by"):
            asked = ask_node(source, request.cri, request.docker, request.nodes)
            if request.override:
                require_no_proxy(asked)
            inputs: Source = source if asked is None else asked.told
            setting = _setting(request, inputs.facts(), asked, catalog)
        with _LOG.timed("reading the pods"):
            seen = _seen(inputs, setting, keep)
            check_asked(setting, seen)
            facts = inputs.all_facts()
    tell_fast(_LOG)
    with _LOG.timed("deciding"):
        decided = decide(setting, seen, facts)
    with _LOG.timed("settling"):
        settled = settle(setting, seen, decided)
    with _LOG.timed("building the plan"):
        plan = replace(unparted(setting, facts, decided, settled, limits), made_at=clock.now())
    tell_joined(_LOG, setting, seen, decided)
    return Planned(plan, setting, decided, settled)


def _seen(inputs: Source, setting: Setting, keep: Keep | None) -> Seen:
    """What is seen of the pods that have to be planned."""
    again = None if keep is None or setting.manifests is not None else inputs.beforehand()
    if keep is None or again is None:
        return see(setting, inputs.pods(), keep)
    nodes = _nodes_of(again, setting, keep)
    if nodes is None or not (again.are_of_one_list and _concerns_nodes_alone(setting)):
        return see(setting, inputs.pods(), keep, nodes)
    return see(setting, again.on(nodes), keep, nodes, again.nodes() - nodes)


def _nodes_of(again: Again, setting: Setting, keep: Keep) -> frozenset[str] | None:
    """The nodes of the pods that are to be kept; None where the others' pods must be planned, too.

    That is so where a pod names no node, which others may tell; where manifests are matched with all that runs; and where no pod is meant,
    so that whoever asks is told which there are.
    """
    nodes = set[str | None]()
    for pod in again.those(keep.texts):
        with suppress(SpecRefused):
            if keep(view := pod.view) and (view.node is None or setting.chosen.wants_view(view)):
                nodes.add(view.node)
    named = frozenset(node for node in nodes if node)
    return None if not named or None in nodes else named


def _concerns_nodes_alone(setting: Setting) -> bool:
    """Whether nothing that was given tells of pods of some nodes by pods of others: no record, whose node others may tell, no history, no
    machine that is asked now, and no scope, which asks every pod.
    """
    scope = setting.scope
    narrowed = scope.namespaces or scope.excluded_namespaces or scope.nodes or scope.selector or scope.node_selector
    facts = setting.facts
    records = facts.containers or facts.sandboxes or facts.empty_lists or facts.set_aside
    return not (narrowed or records or setting.histories.given or setting.here is not None or setting.ignores is not None)


def _setting(request: PlanRequest, facts: Facts, asked: AskedNode | None, catalog: Catalog) -> Setting:
    """What the pods are judged by; what the request names beside the inputs is opened."""
    chosen = filter_of(scope_of(request, facts), facts.nodes)
    nodes = tuple(node for node in facts.nodes if chosen.has(node.name))
    check_label(request.waves, (node.labels for node in nodes))
    here = None if asked is None else asked.here(nodes, request.nodes, manifests=request.static_pods is not None)
    request = _with_own_manifests(request, here)
    steps = steps_of(request, facts, nodes, here, catalog)
    steps = replace(steps, missing=(*steps.missing, *lacking(nodes, facts))) if request.fleet and request.cluster is not None else steps
    node = None if here is None else here.node
    in_force = collected_in_force(facts.collected).joined(asked_in_force(asked, node)).joined(in_force_of(request))
    containers = in_force.seen(facts.containers) if in_force else facts.containers
    return Setting(
        scope=scope_of(request, facts),
        chosen=chosen,
        nodes=nodes,
        steps=steps,
        records=Records(containers, facts.sandboxes),
        catalog=catalog,
        facts=facts,
        histories=plan_histories(with_collected(checkpoints_of(request), facts.collected), nodes, steps, catalog, in_force),
        in_force=in_force,
        manifests=manifests_of(request),
        here=here,
        override=request.override,
        ignores=ignores_of(request),
        owner_label=request.owner_label,
        waves=request.waves,
    )


def steps_of(request: PlanRequest, facts: Facts, nodes: tuple[NodeFacts, ...], here: Here | None, catalog: Catalog) -> Steps:
    """The step of each node, as its own report, this machine and the user tell it."""
    names, gates = {node.name for node in nodes}, parse_feature_gates(request.feature_gates)
    given = tuple(one for one in facts.arguments if one.node is None or one.node in names)
    configs = configs_of(request, facts, here)
    said = reporting(nodes, here, given=request.from_version is not None)

    def read(set_ups: SetUps) -> SetUps:
        its = with_own(set_ups, facts.collected, names)
        return settled(its, said, request.from_version, target_of(request), catalog.options)

    files, set_up = read(SetUps(configs)), read(with_flags(configs, given, names))
    steps = plan_steps(said, request.from_version, target_of(request), catalog, gates, set_up.common, set_up.own)
    steps = with_runtimes(
        with_here(steps, nodes, here, given=request.from_version is not None), nodes, here, facts.swarms, _swarming(facts)
    )
    steps = with_untold(steps, files, facts.collected, names, here)
    runtime = None if request.to_runtime is None else parse_runtime(request.to_runtime)
    steps = with_new_runtime(steps, nodes, runtime, here)
    steps = with_endpoints(steps, nodes, catalog.options) if runtime is None else steps
    steps = with_servers(steps, api_servers(request.api_from, request.api_to, facts.server, steps.target, catalog, gates))
    steps = with_supposed(at_rest(steps) if request.at_rest else steps, catalog)
    told = (*given, *(() if here is None else here.arguments))
    arguments = (*told, *flags_shown(nodes, told, steps, catalog.options))
    shown = {node.name: node for node in nodes}
    steps = in_parts(steps, files, arguments, lambda part: _started(part, facts, shown, here, catalog))
    steps = with_drop_ins(steps, facts.drop_ins, arguments, catalog.options, minors_that_run(steps))
    steps = with_names(steps, arguments, {node.name for node in facts.nodes})
    steps = in_parts(steps, files, arguments, lambda part: _kept(part, shown))
    state, own = (*facts.state_files, *state_files_of(request)), () if here is None else here.state_files
    steps = with_state_files(steps, state, Shown(files.common, arguments, facts.containers), own)
    steps = with_providers(steps, arguments, providers_of(facts, here), catalog.options)
    steps = with_user_namespaces(steps, arguments, nodes, user_ids_of(request, here, facts))
    steps = with_provisional(with_moved_gates(steps, catalog.gate_effects()), allowed=request.allow_provisional)
    return in_parts(
        steps, files, arguments, lambda part: with_remarks(part.steps, part.configs, part.arguments, part.steps.by_node, catalog.options)
    )


def _swarming(facts: Facts) -> list[str]:
    """The nodes whose bundles say that their docker is in a swarm."""
    return [name for name, one in facts.collected.items() if one.in_swarm]


def _started(part: Part, facts: Facts, shown: Mapping[str, NodeFacts], here: Here | None, catalog: Catalog) -> Steps:
    """The steps of nodes that are set up alike, with what their new kubelets stop at in configurations and command lines."""
    steps, configs, arguments = part.steps, part.configs, part.arguments
    nodes = [shown[name] for name in steps.by_node if name in shown]
    cgroup_v1 = dict.fromkeys(without_cgroup_v2(nodes), True)
    collected = ((name, facts.collected[name].cgroup_v1) for name in steps.by_node if name in facts.collected)
    cgroup_v1 |= {name: seen for name, seen in collected if seen is not None}
    if here is not None and here.node is not None and here.node in steps.by_node and here.kubelet.cgroup_v1 is not None:
        cgroup_v1[here.node] = here.kubelet.cgroup_v1
    likely = tuple(likely_on_cgroup_v1(nodes))
    return with_troubles(steps, configs, arguments, steps.by_node.keys(), catalog.options, cgroup_v1, likely)


def _kept(part: Part, shown: Mapping[str, NodeFacts]) -> Steps:
    """The same of what their new kubelets stop at in what nodes have."""
    theirs = [shown[name] for name in part.steps.by_node if name in shown]
    steps = with_swap(part.steps, part.configs, part.arguments, theirs)
    steps = with_reserved(steps, part.configs, part.arguments, theirs)
    return with_reserved_memory(steps, part.configs, part.arguments, theirs)


def _with_own_manifests(request: PlanRequest, here: Here | None) -> PlanRequest:
    """The request, with the static pods of this machine's kubelet where the user names none."""
    return request if here is None or request.static_pods is not None else replace(request, static_pods=here.static_pods)
