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
STAGES = frozenset(_OF_STAGE.values())
"""Gates that set all of a stage."""


def gates_that_clash(
    end: KubeletEnd, known: KubeletOptions, gates: Mapping[str, bool], named: Collection[str], place: str, node: str | None = None
) -> Iterator[StartTrouble]:
    """The gates with which this kubelet does not start because of others. gates: all that are set; named: those of this place."""
    build, found = end.builds[-1], dict[str, list[str]]()
    for gate, wanted in known.gates_want.get(build.minor, {}).items():
        for other in wanted if is_on(build, gate, gates) else ():
            if is_on(build, other, gates) is False:
                for setter, against in _in_clash(build, gate, other, gates, named):
                    found.setdefault(setter, []).append(against)
    for name, others in found.items():
        state = " and ".join(dict.fromkeys(others))
        yield StartTrouble(TroubleKind.GATE_WANTS, name, place, instead=state, node=node, value=gates[name])


def is_on(build: KubeletBuild, name: str, gates: Mapping[str, bool]) -> bool | None:
    """Whether a gate is on where these are set; None where nobody knows."""
    gate = build.gate(name)
    if gate is None:
        return None
    return gate.default if gate.locked else gates.get(name, gates.get(_OF_STAGE.get(gate.stage, ""), gate.default))


def set_by(build: KubeletBuild, name: str, gates: Mapping[str, bool]) -> str:
    """What of these sets a gate: itself, or all of its stage; empty where nothing does."""
    known = build.gate(name)
    return next((one for one in (name, "" if known is None else _OF_STAGE.get(known.stage, "")) if one in gates), "")


def _in_clash(build: KubeletBuild, gate: str, other: str, gates: Mapping[str, bool], named: Collection[str]) -> Iterator[tuple[str, str]]:
    """What of a clash is set in this place, perhaps with all of its stage, and against what; the first of the two that is."""
    for one, against in ((other, gate), (gate, other)):
        if (name := set_by(build, one, gates)) in named:
            yield name, f"{against} is {'on' if one == other else 'off'}"
            return
