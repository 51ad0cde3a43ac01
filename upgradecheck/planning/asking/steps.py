"""Which upgrade each node makes: from what it reports or what the user says, to what the user asks for.

A given ``--from`` wins over what a node reports, but then nothing is inferred by survival on a node that reports something
else: its containers may have been made by the version that it really runs. Nor is anything inferred under a build that is not known to
compare as the release does that it is called after; where --from says what it counts as, that is taken on trust. On a node that is not
ready nothing but records shows what was kept: its kubelet may have stopped, or not come to its pods, before somebody changed an image. A
bare minor means the node's own patch where the node reports that minor, else the newest known patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.errors import UnknownMinor, UnknownVersion
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import OptionRemark, StartTrouble
from upgradecheck.model.statefiles import StateTrouble
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.asking.feature_gates import (
    NO_FEATURE_GATES,
    EndFeatureGates,
    FeatureGates,
    check_known,
    with_feature_gates,
)
from upgradecheck.planning.seeing.facts import Step

_NODES_NAMED = 3
SAME_EVERYWHERE: Mapping[str, Configs] = {}


class NodeStep(msgspec.Struct, frozen=True, gc=False):
    """The step of one node, or the reason why there is none."""

    step: Step | None
    problem: Reason | None = None


class Steps(msgspec.Struct, frozen=True, gc=False):
    """The steps of all nodes; default is that of pods on nodes that no source shows.

    overruled: by node, the version that it reports where --from gives another minor. troubles: what new kubelets stop at.
    state_troubles: what they make of state files. new_runtime: the runtime that the user says will serve.
    cgroups_unseen: new kubelets do not start on cgroup v1, old ones do, and which version nodes have was not seen. remarks: what is to be
    said of flags and fields with which they start. user_ids_unseen: they ask for the IDs of a user, old ones do not, and whether nodes have
    that user was not seen.
    """

    by_node: Mapping[str, NodeStep]
    default: NodeStep
    target: KubeletEnd
    notices: tuple[str, ...]
    missing: tuple[Missing, ...]
    overruled: Mapping[str, KubeletVersion] = {}
    troubles: tuple[StartTrouble, ...] = ()
    cgroups_unseen: bool = False
    state_troubles: tuple[StateTrouble, ...] = ()
    remarks: tuple[OptionRemark, ...] = ()
    new_runtime: str = ""
    user_ids_unseen: bool = False

    def of(self, node: str | None) -> NodeStep:
        """The step of a node by name."""
        return self.by_node.get(node, self.default) if node else self.default

    def start_of(self, node: str | None) -> Minor | None:
        """The minor that a node runs; None where it is not known."""
        step = self.of(node).step
        return None if step is None or step.start is None else step.start.version.minor


def plan_steps(
    nodes: Sequence[NodeFacts],
    from_text: str | None,
    to_text: str,
    catalog: SchemaCatalog,
    gates: FeatureGates = NO_FEATURE_GATES,
    configs: Configs = SAME_CONFIG,
    own: Mapping[str, Configs] = SAME_EVERYWHERE,
) -> Steps:
    """The step of each node. configs: what the kubelet's configuration is, and will be; own: of nodes that are set up otherwise.

    Raises:
        InvalidVersion, UnknownVersion: an option value that is no version, or none that hashdata holds.
        UsageError: a kubelet would not start with these feature gates.
    """
    notices: list[str] = []
    target = given_end("--to", to_text, catalog, notices)
    given = parse_kubelet_version(from_text) if from_text is not None else None
    told = [] if _all_own_patch(nodes, given) else notices
    start = given_end("--from", from_text, catalog, told) if from_text is not None else None
    defaults = {one: _default(start, target, gates, one) for one in (configs, *own.values())}
    default = defaults[configs]
    missing: list[Missing] = []
    by_node = {node.name: _node_step(node, given, defaults[own.get(node.name, configs)], catalog, missing) for node in nodes}
    by_node = {name: _with_gates(one, _starting_gates(gates, own.get(name, configs))) for name, one in by_node.items()}
    assert default.step is not None
    check_known(gates, [default.step.target, *(one.step.start for one in (default, *by_node.values()) if one.step and one.step.start)])
    notices += _unchecked_nodes(nodes, by_node)
    unwatched = [node.name for node in nodes if node.is_unready and by_node[node.name].step is not None]
    by_node |= {name: _unwatched(by_node[name]) for name in unwatched}
    notices += _unwatched_nodes(unwatched)
    if given is not None:
        notices += _otherwise_reported([node for node in nodes if not node.virtual and not _agrees(given, _parsed(node))], given)
    return Steps(by_node, default, default.step.target, tuple(notices), tuple(missing), dict(_overruled(nodes, given)))


def at_rest(steps: Steps) -> Steps:
    """The steps of nodes whose kubelets are stopped, and start next as the new one."""
    by_node = {name: resting(one) for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=resting(steps.default))


def resting(one: NodeStep) -> NodeStep:
    """The step of one of them."""
    return one if one.step is None else replace(one, step=replace(one.step, at_rest=True))


def _default(start: KubeletEnd | None, target: KubeletEnd, gates: FeatureGates, configs: Configs) -> NodeStep:
    """The step of a node that reports nothing, with the gates that its configurations and the user set."""
    start = None if start is None else with_feature_gates(start, _starting_gates(gates, configs))
    target = with_feature_gates(target, EndFeatureGates(configs.new.feature_gates, gates.both, gates.target))
    per_qos, move = configs.new.cgroups_per_qos, configs.cgroups_move
    return NodeStep(Step(start, target, cgroups_per_qos=per_qos, cgroups_move=move, configs=configs))


def _starting_gates(gates: FeatureGates, configs: Configs) -> EndFeatureGates:
    return EndFeatureGates(configs.old.feature_gates, gates.both, gates.start)


def _with_gates(node_step: NodeStep, gates: EndFeatureGates) -> NodeStep:
    step = node_step.step
    if step is None or step.start is None:
        return node_step
    return replace(node_step, step=replace(step, start=with_feature_gates(step.start, gates)))


def _all_own_patch(nodes: Sequence[NodeFacts], given: KubeletVersion | None) -> bool:
    """Whether every node reports the given bare minor with a patch of its own, so that the newest known patch is not used."""
    reported = [_parsed(node) for node in nodes if not node.virtual]
    return bool(reported) and all(version is not None and given is not None and version.minor == given.minor for version in reported)


def _parsed(node: NodeFacts) -> KubeletVersion | None:
    return node.kubelet_version if isinstance(node.kubelet_version, KubeletVersion) else None


def given_end(option: str, text: str, catalog: SchemaCatalog, notices: list[str]) -> KubeletEnd:
    """The version that an option names. notices: gets what is to be said of it.

    Raises:
        InvalidVersion, UnknownVersion: it is no version, or none that hashdata holds.
    """
    version = parse_kubelet_version(text)
    builds = catalog.builds(version)
    if version.patch is None:
        version = replace(version, patch=catalog.newest_patch(version.minor))
        notices.append(f"{option} {text} is taken as {version.release}, the newest known patch.")
    elif version.patch > (newest := catalog.newest_patch(version.minor)):
        notices.append(
            f"{option} {text} is newer than {version.minor}.{newest}, the newest known patch: taken to hash and compare as that minor does."
        )
    end = KubeletEnd(version, builds)
    notices += [f"{option} {text} {said}." for said in _not_the_release(end)]
    return end


def _not_the_release(end: KubeletEnd) -> Iterator[str]:
    """What is to be said of a build that is not, or not known to be, as the release that it is called after."""
    differs = dict.fromkeys(told for build in end.builds for told in build.vendor.differs)
    if differs:
        yield f"is known to differ from {end.release}: it {'; it '.join(differs)}"
    elif not end.checked:
        yield f"is a build that is not known here: taken to hash and compare like {end.release}, not checked"


def _unchecked_nodes(nodes: Sequence[NodeFacts], by_node: Mapping[str, NodeStep]) -> Iterator[str]:
    """One notice for each version that nodes run and that is known to be otherwise, or not known to compare as its release does."""
    found: dict[KubeletVersion, list[tuple[str, KubeletEnd]]] = {}
    for node in nodes:
        step = by_node[node.name].step
        if step is not None and step.start is not None and step.start.version == node.kubelet_version:
            found.setdefault(step.start.version, []).append((node.name, step.start))
    for version, ends in found.items():
        for said in _not_the_release(ends[0][1]):
            unproved = "" if ends[0][1].checked else " What survives under it proves nothing."
            yield f"{_who([name for name, _ in ends])} kubelet {version}, which {said}.{unproved}"


def _unwatched(one: NodeStep) -> NodeStep:
    """The step of a node that is not ready."""
    return one if one.step is None else replace(one, step=replace(one.step, unwatched=True))


def _unwatched_nodes(names: Sequence[str]) -> Iterator[str]:
    """One notice for the nodes that are not ready."""
    if names:
        yield (
            f"{_named(names)} {'is' if len(names) == 1 else 'are'} not ready: a kubelet that has stopped, or does not come to its pods, "
            "has not seen what was changed in them since, so that only records show there what the new one finds."
        )


def _who(names: Sequence[str]) -> str:
    return f"{_named(names)} {'reports' if len(names) == 1 else 'report'}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NODES_NAMED:,} more" if len(names) > _NODES_NAMED else ""
    return f"Node {names[0]}" if len(names) == 1 else f"Nodes {', '.join(names[:_NODES_NAMED])}{more}"


def _otherwise_reported(nodes: Sequence[NodeFacts], given: KubeletVersion) -> Iterator[str]:
    """One notice for each version that nodes report and --from does not give, with the first of these nodes."""
    for version in dict.fromkeys(node.kubelet_version for node in nodes if node.kubelet_version):
        names = [node.name for node in nodes if node.kubelet_version == version]
        hashes = "hashes that no record shows are only estimated there"
        yield f"{_who(names)} kubelet {version}, not {given.release} as given by --from: {hashes}."


def _overruled(nodes: Iterable[NodeFacts], given: KubeletVersion | None) -> Iterator[tuple[str, KubeletVersion]]:
    """The nodes that report another minor than --from gives."""
    for node in nodes if given is not None else ():
        reported = _parsed(node)
        if not node.virtual and given is not None and reported is not None and reported.minor != given.minor:
            yield node.name, reported


def _node_step(
    node: NodeFacts, given: KubeletVersion | None, default: NodeStep, catalog: SchemaCatalog, missing: list[Missing]
) -> NodeStep:
    assert default.step is not None
    if node.virtual:
        return NodeStep(None, Reason.VIRTUAL_KUBELET)
    reported = _parsed(node)
    if given is not None and not _agrees(given, reported):
        other = reported is not None and reported.minor != given.minor
        return NodeStep(replace(default.step, reported=reported.minor)) if other and reported is not None else default
    if reported is None:
        said = node.kubelet_version
        found = "reports none" if said is None else f"reports the kubelet version {said.text!r}, which cannot be read"
        missing.append(Missing(f"kubelet version of node {node.name}", f"the node {found}; give it with --from"))
        return NodeStep(None, Reason.VERSION_UNKNOWN) if node.kubelet_version else default
    try:
        builds = catalog.builds(reported) if reported.patch is not None else catalog.builds_of(reported.minor)
    except (UnknownVersion, UnknownMinor) as error:
        missing.append(Missing(f"hash data for node {node.name}", str(error)))
        return NodeStep(None, Reason.VERSION_UNKNOWN)
    start = KubeletEnd(reported, builds)
    return NodeStep(replace(default.step, start=start, survival=start.checked, checked=start.checked or given is not None))


def _agrees(given: KubeletVersion, reported: KubeletVersion | None) -> bool:
    """Whether a node reports the version that --from gives: the same release, or the minor if no patch was given."""
    if reported is None:
        return False
    if given.patch is None:
        return given.minor == reported.minor
    return given.release == reported.release
