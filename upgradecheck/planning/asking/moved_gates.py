"""Which gates the new kubelet of a node has on and the running one off, or the other way round, of those that touch pods.

By default, or because somebody set them. A minor that does not have a gate any more has its feature for good; one that has it not yet, not.
Who sets one of those that nobody has read, or all of a stage (AllAlpha, AllBeta), sets what nobody knows, and the plan is partial.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.gates import GateEffect, GateEffects, MovedGate
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import listed
from upgradecheck.planning.asking.dependencies import STAGES, set_by
from upgradecheck.planning.asking.steps import NodeStep, Steps

_UNREAD = "Gates whose default the new kubelet moves, and of which it was not read what that does to pods (UC020)"
_OF_STAGE = "it turns {} of its gates ({}), and of these nobody has read what they do to a node and its pods"
_OF_ONE = "the running kubelet has it otherwise, and nobody has read what it does to a node and its pods"


def with_moved_gates(steps: Steps, effects: GateEffects) -> Steps:
    """The steps, each with its gates that moved, and what is to be told of gates that nobody has read."""
    moved, read = _Moved(effects.touching), effects.no_pods | {gate.name for gate in effects.touching}
    by_node = {name: _told(one, moved) for name, one in steps.by_node.items()}
    minors = {_ends(one): one for one in (*steps.by_node.values(), steps.default)}
    unread = {name: None for one in minors.values() for name in _unread(one, read)}
    notices = steps.notices
    if unread:
        notices = (*notices, f"{_UNREAD}: {listed(unread)}.")
    default = steps.default.step
    ends = (
        steps.by_node.values()
        if steps.by_node and default is not None and default.start is None
        else (*steps.by_node.values(), steps.default)
    )
    turned = {one: None for step in ends for one in _turned(step, read)}
    missing = (*steps.missing, *turned)
    return replace(steps, by_node=by_node, default=_told(steps.default, moved), notices=notices, missing=missing)


def _turned(one: NodeStep, read: Collection[str]) -> Iterator[Missing]:
    """Gates that a setting turns, their own or one of all of a stage, and of which nobody has read what that does."""
    step = one.step
    if step is None:
        return
    settings = {*_set(step.target), *(() if step.start is None else _set(step.start))}
    if not settings:
        return
    unread = step.target.builds[-1].schema.feature_gates.keys() - read
    found: dict[str, list[str]] = {}
    for name in sorted(unread if settings & STAGES else unread & settings):
        if setter := _turned_by(step.start, step.target, name):
            found.setdefault(setter, []).append(name)
    for setter, names in found.items():
        reason = _OF_STAGE.format(len(names), listed(names)) if setter in STAGES else _OF_ONE
        yield Missing(f"what {setter} does under kubelet {step.target.version.release}", reason)


def _turned_by(start: KubeletEnd | None, target: KubeletEnd, name: str) -> str:
    """What sets a gate that is not as the running kubelet has it, or where that is not known as it is by default; empty where it is."""
    now, after = target.builds[-1], target.builds[-1].feature_gate(name)
    if after is (_default(now, name) if start is None else start.builds[-1].feature_gate(name)):
        return ""
    return set_by(now, name, _set(target)) or ("" if start is None else set_by(start.builds[-1], name, _set(start)))


def _set(end: KubeletEnd) -> Mapping[str, bool]:
    return end.builds[-1].feature_gates


def _ends(one: NodeStep) -> Hashable:
    """All of a step that _unread goes by, None where it tells nothing."""
    step = one.step
    if step is None or step.start is None:
        return None
    old, new = step.start.builds[-1], step.target.builds[-1]
    return old.schema, old.patch, new.schema, new.patch, step.target.version.minor < step.start.version.minor


def _unread(one: NodeStep, read: Collection[str]) -> Iterator[str]:
    """Gates whose default is another one under the new kubelet, and of which nobody has read what that does."""
    step = one.step
    if step is None or step.start is None:
        return
    old, new = step.start.builds[-1], step.target.builds[-1]
    back = step.target.version.minor < step.start.version.minor  # a gate that has left has not moved
    for name in sorted(new.schema.feature_gates.keys() - read):
        left = back and name not in old.schema.feature_gates
        if not left and _default(new, name) is not (name in old.schema.feature_gates and _default(old, name)):
            yield name


def _default(build: KubeletBuild, name: str) -> bool:
    """What a gate of a build's own is by default."""
    gate = build.gate(name)
    return gate is not None and gate.default


class _Moved:
    """The gates that a step moves, which are the same on nodes whose kubelets have the same gates."""

    def __init__(self, effects: Sequence[GateEffect]) -> None:
        self._effects = effects
        self._known = dict[tuple[Hashable, Hashable], tuple[MovedGate, ...]]()

    def by(self, start: KubeletEnd, target: KubeletEnd) -> tuple[MovedGate, ...]:
        """Those of one step."""
        key = _gated(start), _gated(target)
        if (found := self._known.get(key)) is None:
            found = self._known[key] = tuple(_moved(start, target, self._effects))
        return found


def _gated(end: KubeletEnd) -> Hashable:
    """All of a kubelet that _moved goes by."""
    build = end.builds[-1]
    return end.version.minor, build.hash_class, build.patch, frozenset(build.feature_gates.items())


def _told(one: NodeStep, every: _Moved) -> NodeStep:
    step = one.step
    if step is None or step.start is None:
        return one
    moved = every.by(step.start, step.target)
    return replace(one, step=replace(step, gates=moved)) if moved else one


def _moved(start: KubeletEnd, target: KubeletEnd, effects: Sequence[GateEffect]) -> Iterator[MovedGate]:
    for gate in effects:
        before, after = _is_on(start, gate), _is_on(target, gate)
        if before is not after:
            low, high = sorted((start.version.minor, target.version.minor))
            yield MovedGate(gate, after, gate.on_since if low < gate.on_since <= high else None)


def _is_on(end: KubeletEnd, gate: GateEffect) -> bool:
    return end.builds[-1].feature_gate(gate.name)
