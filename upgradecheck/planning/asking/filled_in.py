"""Fields that a kubelet fills in only while a gate is on, where that gate is another way when all is put together.

A kubelet fills in the defaults of its configuration before it has all of its gates: without ``--config`` by those of its version alone,
with one by its flags' and over them the file's, and with drop-ins once more by what these make of it. Then its flags' gates hold over all
others. What its validation says of such a field is in hashdata/refusals.json: of one that is there while the gate is off, and of one that
nothing fills in while it is on. So gates of flags stop kubelets (``AllAlpha=true`` without ``--config`` those of 1.32 to 1.34,
``AllBeta=false`` those of 1.35), and so do flags that say otherwise than the file.

Which fields hang on gates the generator reads out of SetDefaults_KubeletConfiguration; in which order gates come is held against real
kubelets (tests/lab/recorded-turning.json).

Mirrors NewKubeletCommand in cmd/kubelet/app/server.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.options import FieldState, KubeletOptions
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.dependencies import is_on, set_by

UNFILLED = " that nothing fills in"
"""What hashdata/refusals.json says behind the path of such a field."""


class GatesInTurn(msgspec.Struct, frozen=True, gc=False):
    """The gates that are set each time that a kubelet fills in defaults, and those that hold in the end."""

    filling: Sequence[Mapping[str, bool]]
    whole: Mapping[str, bool]


def fields_out_of_step(
    end: KubeletEnd, known: KubeletOptions, gates: GatesInTurn, given: Collection[str], place: str, node: str | None = None
) -> Iterator[StartTrouble]:
    """The gates by which a field is there that must not be, or is not there that must. given: fields that are set, which none fills in."""
    build = end.builds[-1]
    if not gates.whole:
        return
    for path in known.gated:
        now = None if path in given else known.field(path, build.minor)
        if now is None or not now.gate or not build.knows_feature_gate(now.gate):
            continue
        filled = any(is_on(build, now.gate, some) for some in gates.filling)
        if _is_refused(known, build, path, now, on=is_on(build, now.gate, gates.whole) is True, filled=filled):
            yield _told(build, path, now, gates, filled=filled, place=place, node=node)


def _is_refused(known: KubeletOptions, build: KubeletBuild, path: str, state: FieldState, *, on: bool, filled: bool) -> bool:
    name, value = (path, state.default) if filled else (f"{path}{UNFILLED}", "")
    asked = (one for one in known.refusals if one.field == name and one.gate == state.gate and one.of(build.minor))
    return any(one.while_on is on and one.is_of(value, build.minor) for one in asked)


def _told(
    build: KubeletBuild, path: str, state: FieldState, gates: GatesInTurn, *, filled: bool, place: str, node: str | None
) -> StartTrouble:
    name = set_by(build, state.gate, gates.whole) or state.gate
    turned = "" if name == state.gate else f"{state.gate} is {'off' if filled else 'on'} and "
    instead = f"{turned}{path} is {'filled in already' if filled else 'not set'}"
    return StartTrouble(TroubleKind.GATE_WANTS, name, place, instead=instead, node=node, value=gates.whole.get(name))
