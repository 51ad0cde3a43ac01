"""What the new kubelets make of the state files that were shown, with the policies that they are configured with.

A state file belongs to one node: the one that its name or directory names, else the only one there is. A file that a new kubelet stops at
leaves open what becomes of its node, as a flag does that it does not have (planning.asking.starting). What is to be said of files that
were not shown, planning.asking.written tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.statefiles.judging import Wanted, judge, rule_for
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import StateFile, StateName, StateTrouble, StateWeight
from upgradecheck.planning.asking.starting import stopped_at
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.asking.written import FLAGS, Words, flag_of, moved_settings, policy_of, troubles_of_written
from upgradecheck.planning.seeing.placing import node_in_name

_STRICT = "strict-cpu-reservation"
_OPEN = "so whether the new kubelet takes it is not known"
_NOBODYS = "which node's it is cannot be told from its name, so it is not looked at: put it into a directory that is named after the node"


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What was shown beside state files: configurations, command lines, and the runtime's containers."""

    configs: Configs
    arguments: tuple[KubeletArguments, ...] = ()
    containers: Collection[ContainerRecord] = ()


def with_state_files(steps: Steps, given: Sequence[StateFile], shown: Shown, own: Sequence[StateFile] = ()) -> Steps:
    """The steps, with what new kubelets stop at in state files, or lose. own: this machine's, which nobody has given: one that cannot be
    read takes nothing from a plan, as if it had not been looked for."""
    files = (*given, *own)
    nodes = frozenset(steps.by_node)
    placed = [replace(one, node=_whose(one.node, one.place, nodes)) for one in files]
    nobodys = [one for one in placed if one.node is None and len(nodes) > 1]
    used = [one for one in placed if one not in nobodys]
    words_of = _words_by_node(shown, nodes)
    troubles = [*_of_files(steps, used, shown, words_of), *troubles_of_written(steps, used, words_of)]
    unread = [one for one in _unread(steps, used) if one.place not in {each.place for each in own}]
    unused = (Missing(one.place, _NOBODYS) for one in nobodys if not one.absent)
    open_ = (Missing(_at(one), one.what) for one in troubles if one.weight is StateWeight.OPEN)
    missing = dict.fromkeys((*(Missing(one.place, f"{one.problem}, {_OPEN}") for one in unread), *unused, *open_))
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


def _at(trouble: StateTrouble) -> str:
    return trouble.place if trouble.node is None else f"{trouble.place} on {trouble.node}"


def _of_files(steps: Steps, files: Iterable[StateFile], shown: Shown, words_of: Words) -> Iterator[StateTrouble]:
    listed = _Ids(shown.containers) if shown.containers else None
    for file in files:
        if file.absent:
            continue
        step = steps.of(file.node).step
        configs = shown.configs if step is None else step.configs
        wanted = _wanted(file.name, words_of(file.node), configs, listed)
        told = configs.old_told or configs.new_told
        builds = (steps.target if step is None else step.target).builds
        found = [one for build in builds for one in (judge if told else _judge_untold)(file, build, wanted)]
        yield from found
        if not any(one.weight is StateWeight.STOPS for one in found):
            moved = moved_settings(file.name, configs, words_of(file.node))
            yield from (StateTrouble(file.name, file.place, what, how, file.node) for what, how in moved if how is StateWeight.STOPS)


def _judge_untold(file: StateFile, build: KubeletBuild, wanted: Wanted) -> Iterator[StateTrouble]:
    """Without a configuration: a file that is there was written under its gate, which is likely to be on in the new kubelet, too."""
    rule = build.state_files.of(file.name)
    gate = None if rule is None else rule.gate
    if gate is None or gate in build.feature_gates or build.feature_gate(gate) or not build.knows_feature_gate(gate):
        yield from judge(file, build, wanted)
        return
    for one in judge(file, replace(build, feature_gates={**build.feature_gates, gate: True}), wanted):
        if one.weight is StateWeight.STOPS:
            what = f"{one.what}; the new kubelet stops at it if gate {gate} is on, as it was when the file was written"
            yield replace(one, what=what, weight=StateWeight.OPEN)
        else:
            yield one


class _Ids(Collection[str]):
    """The IDs of the runtime's containers, gathered once a file asks for one, as hardly any does."""

    def __init__(self, containers: Collection[ContainerRecord]) -> None:
        self._containers = containers

    @cached_property
    def _found(self) -> frozenset[str]:
        return frozenset(one.container_id for one in self._containers)

    def __contains__(self, identity: object) -> bool:
        return identity in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _wanted(name: StateName, words: Sequence[str], configs: Configs, containers: Collection[str] | None) -> Wanted:
    if name not in FLAGS or not (configs.old_told or configs.new_told):
        return Wanted(flag_of(name, words), containers=containers)
    config = configs.new
    policy = policy_of(name, config)
    strict = config.cpu_manager_options.get(_STRICT) == "true"
    said = name.value in config.told_policies or bool(words)
    return Wanted(flag_of(name, words) or policy, not said, _list_of(config.reserved_cpus), strict, containers)


def _words_by_node(shown: Shown, nodes: frozenset[str]) -> Words:
    """The same for each node of a fleet, whose command lines are gone through once."""
    own: dict[str | None, list[tuple[int, tuple[str, ...]]]] = {}
    for number, one in enumerate(shown.arguments):
        own.setdefault(_whose(one.node, one.place, nodes), []).append((number, one.words))
    common = own.get(None, [])

    def words(node: str | None) -> Sequence[str]:
        its = common if node is None else sorted((*common, *own.get(node, [])))
        return tuple(word for _, words in its for word in words)

    return words


def _list_of(reserved: str) -> str:
    return reserved.replace(" ", "")


def _unread(steps: Steps, files: Iterable[StateFile]) -> Iterator[StateFile]:
    for file in files:
        step = steps.of(file.node).step
        builds = (steps.target if step is None else step.target).builds
        if file.problem and any(rule_for(file.name, build) is not None for build in builds):
            yield file
