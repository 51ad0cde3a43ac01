"""What the kubelet of this machine may say about the plan's nodes: nothing, unless one of them is this machine.

It is by the boot that a Node object names, which no two machines share, or by its name. A Node object that says another version than
the kubelet that runs here is older or newer than what it tells of: neither is believed to have made what runs, and the plan is
incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.model.arguments import KubeletArguments, behind_program
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.usernamespaces import ShownIDs
from upgradecheck.model.version import KubeletVersion, ReportedVersion
from upgradecheck.model.wording import count, form
from upgradecheck.planning.asking.steps import NodeStep, Steps, resting

_HERE = Origin("this machine")
_NOT_ALONE = (
    "The configuration and the static pods of the kubelet on this machine are not used, since the plan is not about its node alone: "
    "narrow it with --node {}."
)
_NOT_RUNNING = "No kubelet runs on this machine, and its binary may be newer than what made the containers: give --from if it is."


class Here(msgspec.Struct, frozen=True, gc=False):
    """This machine among the nodes. node is the one that it is, None if that cannot be told.

    config and static_pods are those of its kubelet, where they count: the plan is about no other node, and the user gave none.
    listed: the pods, by UID, of which its runtime lists anything; set_aside: how many containers of dumps it lists no longer.
    runtime: which it is, as Nodes name it. over_cri: it was asked over CRI, at a socket that is not the kubelet's own. asked: how and where
    it was asked. in_swarm: its docker says that it is part of a swarm.
    """

    kubelet: LocalKubelet
    node: str | None = None
    config: KubeletConfig | None = None
    static_pods: str | None = None
    notices: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    set_aside: int = 0
    runtime: str | None = None
    over_cri: bool = False
    asked: str = ""
    in_swarm: bool = False

    @property
    def arguments(self) -> tuple[KubeletArguments, ...]:
        """The command line of its kubelet, where that is on a node of the plan."""
        words = behind_program(self.kubelet.command_line)
        place = "the command line of its kubelet" if self.kubelet.runs else "the unit of its kubelet"
        return (
            (KubeletArguments(words, place, self.node, container=self.kubelet.container, runs=self.kubelet.runs),)
            if (words or self.kubelet.container) and self.node is not None
            else ()
        )

    @property
    def state_files(self) -> tuple[StateFile, ...]:
        """Those of its kubelet, where that is on a node of the plan."""
        return tuple(replace(one, node=self.node) for one in self.kubelet.state_files) if self.node is not None else ()

    @property
    def providers(self) -> tuple[ProviderFiles, ...]:
        """Its kubelet's files of credential providers, where that is on a node of the plan."""
        own = self.kubelet.providers
        if own is None or self.node is None:
            return ()
        from upgradecheck.decisions.credentialproviders.reading import provider_files  # few nodes have any

        return (provider_files(own, self.node),)

    @property
    def user_ids(self) -> ShownIDs:
        """What it has of IDs for user namespaces, where its kubelet is on a node of the plan."""
        if self.node is None:
            return ShownIDs()
        users = () if self.kubelet.subordinate is None else (replace(self.kubelet.subordinate, node=self.node),)
        return ShownIDs(users, tuple(replace(one, node=self.node) for one in self.kubelet.mappings))

    def outdated(self, uid: str) -> bool:
        """Whether a dump's records of a pod of this node are of something that is gone."""
        return uid not in self.listed


def set_aside(number: int) -> tuple[str, ...]:
    """What is said of records that are set aside."""
    records = count(number, "record of a dump is", "records of dumps are")
    its = form(number, "container")
    return (f"{records} set aside: the runtime of this machine does not list the {its} any more.",) if number else ()


def place(kubelet: LocalKubelet, nodes: Sequence[NodeFacts], requested: Sequence[str], *, configured: bool, manifests: bool) -> Here:
    """Finds this machine among the nodes; nodes are those of the plan, requested those that --node names.

    configured: the user gave a kubelet's configuration; manifests: the user named static pods.
    """
    names = {node.name for node in nodes} | set(requested)
    node = _which(kubelet, nodes, names)
    if node is None:
        return Here(kubelet, notices=tuple(_elsewhere(kubelet, names)))
    config, static_pods = None if configured else kubelet.config, None if manifests else kubelet.static_pods
    if names != {node}:
        unused = [] if not _sets_anything(config) and static_pods is None else [_NOT_ALONE.format(node)]
        return Here(kubelet, node, notices=tuple(unused))
    problems = ["" if configured else kubelet.config_problem, "" if manifests else kubelet.static_pods_problem]
    notices = [f"Node {node}: {problem}." for problem in problems if problem]
    if _sets_anything(config):
        notices.append(f"Node {node}: feature gates and cgroups are those that the kubelet's own files and flags on this machine set.")
    return Here(kubelet, node, config, static_pods, tuple(notices))


def _sets_anything(config: KubeletConfig | None) -> bool:
    """Whether it sets gates or moves cgroups, which is to be told of: the rest of a configuration changes nothing unless it changes."""
    plain = KubeletConfig()
    told = ("feature_gates", "cgroups_per_qos", "cgroup_root", "cgroup_driver")
    return config is not None and any(getattr(config, name) != getattr(plain, name) for name in told)


def _which(kubelet: LocalKubelet, nodes: Sequence[NodeFacts], names: set[str]) -> str | None:
    booted = [node.name for node in nodes if node.boot_id and node.boot_id == kubelet.boot_id]
    if len(booted) == 1:
        return booted[0]
    return kubelet.name if not names or kubelet.name in names else None


def _elsewhere(kubelet: LocalKubelet, names: set[str]) -> Iterable[str]:
    if kubelet.version is None:
        return
    one = next(iter(names)) if len(names) == 1 else None
    which, advice = (f"not node {one}", "--from") if one else ("none of the plan's nodes", "--from and --node")
    yield (
        f"Kubelet {kubelet.version}, as {kubelet.told} says, is not used: by name ({kubelet.name}) and boot this machine is {which}. "
        f"If it is that node, give {advice}."
    )


def reporting(nodes: Sequence[NodeFacts], here: Here | None, *, given: bool) -> tuple[NodeFacts, ...]:
    """The nodes with their versions, this machine's as its kubelet tells it where no Node object does; given: --from is.

    The binary of one that is stopped reports nothing where --from tells what ran: it may be the new one.
    """
    if here is None or here.node is None or here.kubelet.version is None:
        return tuple(nodes)
    version = here.kubelet.version if here.kubelet.runs or not given else None
    told = tuple(replace(one, kubelet_version=version) if one.name == here.node and one.kubelet_version is None else one for one in nodes)
    known = any(one.name == here.node for one in nodes)
    return told if known else (*told, NodeFacts(here.node, version, None, {}, _HERE))


def with_here(steps: Steps, nodes: Sequence[NodeFacts], here: Here | None, *, given: bool) -> Steps:
    """The steps of reporting(nodes), with what has to be said of this machine; given: --from is."""
    if here is None:
        return steps
    said = next((one.kubelet_version for one in nodes if one.name == here.node), None)
    told = _told(here, here.node, given=given) if here.node is not None and said is None else ()
    missing = _contradiction(here, said)
    believed = not missing and (said is not None or here.kubelet.runs)
    by_node = {name: one if name != here.node or believed else _unsure(one) for name, one in steps.by_node.items()}
    if given and said is None and here.node in by_node and here.kubelet.version is not None and not here.kubelet.runs:
        by_node[here.node] = resting(by_node[here.node])
    return replace(steps, by_node=by_node, notices=(*steps.notices, *here.notices, *told), missing=(*steps.missing, *missing))


def _told(here: Here, node: str, *, given: bool) -> tuple[str, ...]:
    """Where the version of a node is from that no Node object tells."""
    kubelet = here.kubelet
    if given:
        return ()
    if kubelet.version is None:
        return (f"Node {node}: no kubelet version was found on this machine ({kubelet.why_unknown}).",)
    told = f"Node {node}: kubelet {kubelet.version}, as {kubelet.told} says."
    return (told,) if kubelet.runs else (told, _NOT_RUNNING)


def _contradiction(here: Here, said: ReportedVersion | None) -> tuple[Missing, ...]:
    """A kubelet that runs here and is not the one that its Node object tells of; one that does not run may be there for the upgrade."""
    kubelet = here.kubelet
    if said is None or kubelet.version is None or not kubelet.runs or _same(said, kubelet.version):
        return ()
    reason = f"the Node object says {said}, and {kubelet.told} is {kubelet.version}; take the Node object again"
    return (Missing(f"kubelet version of node {here.node}", reason),)


def live_node(here: Here | None, requested: Sequence[str]) -> str | None:
    """The node whose runtime is asked now, by what this machine shows or the user says; None if neither tells."""
    if here is None or here.node is not None:
        return None if here is None else here.node
    return requested[0] if len(requested) == 1 else None


def _unsure(one: NodeStep) -> NodeStep:
    return one if one.step is None else replace(one, step=replace(one.step, survival=False))


def _same(said: ReportedVersion, here: KubeletVersion) -> bool:
    return isinstance(said, KubeletVersion) and said.release == here.release
