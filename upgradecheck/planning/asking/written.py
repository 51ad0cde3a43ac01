"""What new kubelets make of the state files that nobody showed, and that the running ones have written: each writes its own when it starts.

Where the configuration changes a policy, or the new kubelet does not read the form that the running one writes, the file stops it: unless
the directory was shown, and the file is not in there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.statefiles.judging import BY_IDS, rule_for
from upgradecheck.decisions.statefiles.settings import of_moved
from upgradecheck.decisions.statefiles.writing import ALWAYS_WRITTEN, looks_for_containers, may_refuse_held, refuses_new
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.statefiles import PLACES, StateFile, StateName, StateTrouble, StateWeight
from upgradecheck.planning.asking.steps import NodeStep, Steps

FLAGS = {StateName.CPUS: "cpu-manager-policy", StateName.MEMORY: "memory-manager-policy"}
"""The flags that set the policies of the files that have one."""
_RESERVED_MEMORY = "reserved-memory"
_USUAL = "/var/lib/kubelet"
_FORM = "the running kubelet has written it, in a form that the new one does not read"
Words = Callable[[str | None], Sequence[str]]
"""The command line of a node's kubelet, as far as it was shown."""
Builds = Sequence[KubeletBuild]


def troubles_of_written(steps: Steps, seen: Collection[StateFile], words_of: Words) -> Iterator[StateTrouble]:
    """The files that the running kubelets have written and the new ones stop at. seen: those that were shown, or shown not to be there."""
    shown, forms = {(one.name, one.node) for one in seen if _is_open(one)}, _Forms()

    def of(node: str | None, step: NodeStep) -> tuple[StateTrouble, ...]:
        names = [name for name in ALWAYS_WRITTEN if (name, node) not in shown and (name, None) not in shown]
        return tuple(_of_node(step, names, words_of(node), forms))

    everywhere, by_node = of(None, steps.default), {node: of(node, step) for node, step in steps.by_node.items()}
    if len(by_node) != 1 and all(troubles == everywhere for troubles in by_node.values()):
        yield from everywhere
        return
    for node, troubles in by_node.items():
        yield from (replace(one, node=node) for one in troubles)


def _is_open(file: StateFile) -> bool:
    """Whether it is known what a file holds, or that it is not there; one that is only listed is as if nobody had shown it."""
    return file.absent or file.content is not None or file.outline is not None or file.size == 0


def flag_of(name: StateName, words: Sequence[str]) -> str | None:
    """The policy of a file's manager that a command line sets."""
    return last(words, FLAGS[name]) if name in FLAGS else None


def policy_of(name: StateName, config: KubeletConfig) -> str:
    """The policy of a file's manager by a configuration."""
    return config.cpu_manager if name is StateName.CPUS else config.memory_manager


def _of_node(node: NodeStep, names: Sequence[StateName], words: Sequence[str], forms: _Forms) -> Iterator[StateTrouble]:
    step = node.step
    if step is None:
        return
    start = () if step.start is None else step.start.builds
    judged = forms.of(start, step.target.builds, step.configs)
    for name in names:
        place = f"{_USUAL}/{PLACES[name]}"
        weight, what = judged[name]
        if weight is not None:
            yield StateTrouble(name, place, what, weight)
        elif (
            name in FLAGS
            and step.configs.old_told
            and step.configs.new_told
            and all(rule_for(name, one) is not None for one in (*start, *step.target.builds))
        ):
            yield from (StateTrouble(name, place, what, how) for what, how in _moved(name, step.configs, words))
        if (
            name is StateName.CPUS
            and "static" in (flag_of(name, words), step.configs.old.cpu_manager)
            and _migrates(start, step.target.builds)
        ):
            yield StateTrouble(name, place, BY_IDS, StateWeight.OPEN)


def _moved(name: StateName, configs: Configs, words: Sequence[str]) -> Iterator[tuple[str, StateWeight]]:
    """What is to be said of a policy, or of settings of a static one, that the new configuration changes."""
    old, new = (policy_of(name, config) for config in (configs.old, configs.new))
    if old == new or not (configs.old_told and configs.new_told):
        yield from moved_settings(name, configs, words)
    elif flag_of(name, words) is None:
        yield f"the running kubelet has written it under policy {old!r}, and the new configuration says {new!r}", StateWeight.STOPS


def moved_settings(name: StateName, configs: Configs, words: Sequence[str]) -> Iterator[tuple[str, StateWeight]]:
    """What is to be said of settings of a static policy that the new configuration changes. words: a flag in there beats both."""
    if configs.old_told and configs.new_told and not (name is StateName.MEMORY and last(words, _RESERVED_MEMORY) is not None):
        yield from of_moved(name, configs.old, configs.new)


def _migrates(start: Builds, target: Builds) -> bool:
    return any(looks_for_containers(old, new) for old in start for new in target)


class _Forms:
    """What was found out of the kubelets of one plan, whose nodes are mostly alike."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Mapping[StateName, tuple[StateWeight | None, str]]] = {}

    def of(self, start: Builds, target: Builds, configs: Configs) -> Mapping[StateName, tuple[StateWeight | None, str]]:
        """How much each file matters that was written in a form which may not be read, and what is to be said of it."""
        key = (*map(_key, start), None, *map(_key, target), configs.old_told)
        if key not in self._known:
            self._known[key] = {name: _judged(name, start, target, configs) for name in ALWAYS_WRITTEN}
        return self._known[key]


def _key(build: KubeletBuild) -> tuple[object, ...]:
    gates = build.feature_gates
    return build.minor, build.patch, tuple(sorted(gates.items())) if gates else ()


def _judged(name: StateName, start: Builds, target: Builds, configs: Configs) -> tuple[StateWeight | None, str]:
    refused = [refuses_new(name, old, new) for old in start for new in target]
    if any(refused):
        return (StateWeight.STOPS, _FORM) if all(refused) else (StateWeight.OPEN, f"{_FORM}, if they are of the patches that differ")
    held = next((why for old in start for new in target if (why := may_refuse_held(name, old, new))), "")
    if held:
        return StateWeight.OPEN, held
    gate = None if configs.old_told else _gate_of(name, start, target)
    if gate is None:
        return None, ""
    return StateWeight.OPEN, (
        f"with gate {gate}, which the new configuration has on, the running kubelet would have written it in a form that the new one does "
        "not read, and the running one's configuration was not given (-f)"
    )


def _gate_of(name: StateName, start: Builds, target: Builds) -> str | None:
    """The gate that the new kubelet has and the running one is not known to have, with which the file would stop the new one."""
    gates = {rule.gate for build in start if (rule := build.state_files.of(name)) is not None and rule.gate is not None}
    for gate in gates:
        told = all(gate in build.feature_gates for build in start) or not all(build.feature_gates.get(gate) for build in target)
        on = [replace(build, feature_gates={**build.feature_gates, gate: True}) for build in start]
        if not told and any(refuses_new(name, old, new) for old in on for new in target):
            return gate
    return None
