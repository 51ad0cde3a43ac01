"""What the new kubelets make of the state files that were shown, with the policies that they are configured with.

A state file belongs to one node: the one that its name or directory names, else the only one there is. A file that a new kubelet stops at
leaves open what becomes of its node, as a flag does that it does not have (planning.asking.starting). Where the configuration changes a
policy, the file of the old one stops the new kubelet whether it was shown or not, for the running kubelet has written it: unless the
directory was shown, and it is not in there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.statefiles.judging import Wanted, judge, rule_for
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import PLACES, StateFile, StateName, StateTrouble, StateWeight
from upgradecheck.planning.asking.starting import stopped_at
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.seeing.placing import node_in_name

_FLAGS = {StateName.CPUS: "cpu-manager-policy", StateName.MEMORY: "memory-manager-policy"}
_STRICT = "strict-cpu-reservation"
_USUAL = "/var/lib/kubelet"
_OPEN = "so whether the new kubelet takes it is not known"
_NOBODYS = "which node's it is cannot be told from its name, so it is not looked at: put it into a directory that is named after the node"


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What was shown beside state files: configurations, command lines, and the runtime's containers. own: of nodes with other ones."""

    configs: Configs
    arguments: tuple[KubeletArguments, ...] = ()
    containers: tuple[ContainerRecord, ...] = ()
    own: Mapping[str, Configs] = {}

    def of(self, node: str | None) -> Configs:
        """The configurations of a node."""
        return self.configs if node is None else self.own.get(node, self.configs)


def with_state_files(steps: Steps, given: Sequence[StateFile], shown: Shown, own: Sequence[StateFile] = ()) -> Steps:
    """The steps, with what new kubelets stop at in state files, or lose. own: this machine's, which nobody has given: one that cannot be
    read takes nothing from a plan, as if it had not been looked for."""
    files = (*given, *own)
    nodes = frozenset(steps.by_node)
    placed = [replace(one, node=_whose(one.node, one.place, nodes)) for one in files]
    nobodys = [one for one in placed if one.node is None and len(nodes) > 1]
    used = [one for one in placed if one not in nobodys]
    troubles = [*_of_files(steps, used, shown, nodes), *_of_policies(steps, used, shown, nodes)]
    unread = [one for one in _unread(steps, used) if one.place not in {each.place for each in own}]
    unused = (Missing(one.place, _NOBODYS) for one in nobodys if not one.absent)
    missing = dict.fromkeys((*(Missing(one.place, f"{one.problem}, {_OPEN}") for one in unread), *unused))
    notices = (f"{one.place}: {one.problem}, {_OPEN}." for one in _unread(steps, used) if one not in unread)
    stops = [one.node for one in troubles if one.weight is StateWeight.STOPS]
    told = replace(
        steps,
        notices=(*steps.notices, *dict.fromkeys(notices)),
        missing=(*steps.missing, *missing),
        state_troubles=tuple(dict.fromkeys(troubles)),
    )
    return stopped_at(told, stops, obstacle=Reason.KUBELET_WILL_NOT_START)


def _whose(node: str | None, place: str, nodes: Collection[str]) -> str | None:
    return node or node_in_name(place, frozenset(nodes)) or (next(iter(nodes)) if len(nodes) == 1 else None)


def _of_files(steps: Steps, files: Iterable[StateFile], shown: Shown, nodes: frozenset[str]) -> Iterator[StateTrouble]:
    words_of, containers = _words_by_node(shown, nodes), frozenset(one.container_id for one in shown.containers) or None
    for file in files:
        if file.absent:
            continue
        wanted = _wanted(file.name, words_of(file.node), shown.of(file.node), containers)
        for build in steps.target.builds:
            yield from judge(file, build, wanted)


def _wanted(name: StateName, words: Sequence[str], configs: Configs, containers: frozenset[str] | None) -> Wanted:
    if name not in _FLAGS or not (configs.old_told or configs.new_told):
        return Wanted(_flag(name, words), containers=containers)
    config = configs.new
    policy = config.cpu_manager if name is StateName.CPUS else config.memory_manager
    strict = config.cpu_manager_options.get(_STRICT) == "true"
    said = name.value in config.told_policies or bool(words)
    return Wanted(_flag(name, words) or policy, not said, _list_of(config.reserved_cpus), strict, containers)


def _flag(name: StateName, words: Sequence[str]) -> str | None:
    return last(words, _FLAGS[name]) if name in _FLAGS else None


def _words_by_node(shown: Shown, nodes: frozenset[str]) -> Callable[[str | None], Sequence[str]]:
    """The same for each node of a fleet, whose command lines are gone through once."""
    own: dict[str | None, list[tuple[int, tuple[str, ...]]]] = {}
    for number, one in enumerate(shown.arguments):
        own.setdefault(_whose(one.node, one.place, nodes), []).append((number, one.words))
    common = own.get(None, [])

    def words(node: str | None) -> Sequence[str]:
        its = common if node is None else sorted((*common, *own.get(node, [])))
        return tuple(word for _, words in its for word in words)

    return words


def _words(node: str | None, shown: Shown, nodes: frozenset[str]) -> tuple[str, ...]:
    """The command line of a node's kubelet, as far as it was shown."""
    return tuple(word for one in shown.arguments if _whose(one.node, one.place, nodes) in (node, None) for word in one.words)


def _list_of(reserved: str) -> str:
    return reserved.replace(" ", "")


def _of_policies(steps: Steps, files: Collection[StateFile], shown: Shown, nodes: frozenset[str]) -> Iterator[StateTrouble]:
    """The files of policies that a new configuration changes, where they were not shown."""
    only = next(iter(nodes)) if len(nodes) == 1 else None
    for node in sorted(nodes) if shown.own else (only,):
        configs = shown.of(node)
        if not (configs.old_told and configs.new_told):
            continue
        for name in _FLAGS:
            old, new = (_policy(name, config) for config in (configs.old, configs.new))
            seen = any(one.name is name and (one.node == node or not shown.own) for one in files)
            if old == new or seen or _flag(name, _words(node, shown, nodes)) or not _keeps(steps, name):
                continue
            what = f"the running kubelet has written it under policy {old!r}, and the new configuration says {new!r}"
            yield StateTrouble(name, f"{_USUAL}/{PLACES[name]}", what, StateWeight.STOPS, node)


def _policy(name: StateName, config: KubeletConfig) -> str:
    return config.cpu_manager if name is StateName.CPUS else config.memory_manager


def _keeps(steps: Steps, name: StateName) -> bool:
    """Whether the running kubelets write the file, as far as they are known, and the new one reads it."""
    starts = [one.step.start for one in (*steps.by_node.values(), steps.default) if one.step is not None and one.step.start is not None]
    written = all(rule_for(name, build) is not None for start in starts for build in start.builds)
    return written and all(rule_for(name, build) is not None for build in steps.target.builds)


def _unread(steps: Steps, files: Iterable[StateFile]) -> Iterator[StateFile]:
    for file in files:
        if file.problem and any(rule_for(file.name, build) is not None for build in steps.target.builds):
            yield file
