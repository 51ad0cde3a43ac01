"""Which gates the new kubelet of a node has on and the running one off, or the other way round, of those that touch pods.

By default, or because somebody set them. A minor that does not have a gate any more has its feature for good; one that has it not yet, not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.gates import GateEffect, MovedGate
from upgradecheck.planning.asking.steps import NodeStep, Steps


def with_moved_gates(steps: Steps, effects: Sequence[GateEffect]) -> Steps:
    """The steps, each with its gates that moved."""
    by_node = {name: _told(one, effects) for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=_told(steps.default, effects))


def _told(one: NodeStep, effects: Sequence[GateEffect]) -> NodeStep:
    step = one.step
    if step is None or step.start is None:
        return one
    moved = tuple(_moved(step.start, step.target, effects))
    return replace(one, step=replace(step, gates=moved)) if moved else one


def _moved(start: KubeletEnd, target: KubeletEnd, effects: Sequence[GateEffect]) -> Iterator[MovedGate]:
    for gate in effects:
        before, after = _is_on(start, gate), _is_on(target, gate)
        if before is not after:
            low, high = sorted((start.version.minor, target.version.minor))
            yield MovedGate(gate, after, gate.on_since if low < gate.on_since <= high else None)


def _is_on(end: KubeletEnd, gate: GateEffect) -> bool:
    build = end.builds[-1]
    if build.knows_feature_gate(gate.name):
        return build.feature_gate(gate.name)
    return build.minor >= gate.on_since
