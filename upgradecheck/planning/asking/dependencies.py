"""Feature gates that do not go together: from 1.35 on a kubelet ends where a gate is on and one that it wants is off.

Mirrors unsafeSetFromMap of k8s.io/component-base/featuregate, which looks at all gates once any is set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.starting import StartTrouble, TroubleKind

_OF_STAGE = {"alpha": "AllAlpha", "beta": "AllBeta"}


def gates_that_clash(
    end: KubeletEnd, known: KubeletOptions, gates: Mapping[str, bool], named: Collection[str], place: str, node: str | None = None
) -> Iterator[StartTrouble]:
    """The gates with which this kubelet does not start because of others. gates: all that are set; named: those of this place."""
    build, found = end.builds[-1], dict[str, list[str]]()
    for gate, wanted in known.gates_want.get(build.minor, {}).items():
        for other in wanted if is_on(build, gate, gates) else ():
            if is_on(build, other, gates) is False:
                setter, against = _set_by(build, gate, other, gates)
                found.setdefault(setter, []).append(against)
    for name, others in found.items():
        if name in named:
            state = " and ".join(dict.fromkeys(others))
            yield StartTrouble(TroubleKind.GATE_WANTS, name, place, instead=state, node=node, value=gates[name])


def is_on(build: KubeletBuild, name: str, gates: Mapping[str, bool]) -> bool | None:
    """Whether a gate is on where these are set; None where nobody knows."""
    gate = build.schema.feature_gates.get(name) or build.schema.other_gates.get(name)
    if gate is None:
        return None
    return gate.default if gate.locked else gates.get(name, gates.get(_OF_STAGE.get(gate.stage, ""), gate.default))


def _set_by(build: KubeletBuild, gate: str, other: str, gates: Mapping[str, bool]) -> tuple[str, str]:
    """What of a clash is set, perhaps with all of its stage, and against what."""
    for one, against in ((other, gate), (gate, other)):
        known = build.schema.feature_gates.get(one) or build.schema.other_gates.get(one)
        for name in (one, "" if known is None else _OF_STAGE.get(known.stage, "")):
            if name in gates:
                return name, f"{against} is {'on' if one == other else 'off'}"
    return gate, f"{other} is off"
