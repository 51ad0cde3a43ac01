"""The minors between and around a plan's versions, and what the plan itself knows of some pairs of them.

A grid of pairs tells what changes between versions alone. Of a pair that nodes of the plan really step over, the plan knows more: how many
of their containers stop, for whatever reason; no other pair is told a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from upgradecheck.model.changes import Effect, Matrix, MatrixCell, UIDChange
from upgradecheck.model.plan import GONE, Plan, Verdict
from upgradecheck.model.reasons import Family
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count
from upgradecheck.reporting.effects import EFFECT, sentences
from upgradecheck.reporting.sandbox_effects import sandboxes
from upgradecheck.reporting.static_effects import who

_AROUND = 1
_BELOW_UNKNOWN = 2
"""How many minors below the new version are shown where no node's version is known."""

SIGN: Mapping[Effect, str] = {Effect.NONE: "–", Effect.CONDITIONAL: "some", Effect.ALL: "all"}
UID_SIGN: Mapping[UIDChange, str] = {UIDChange.NONE: "", UIDChange.CONDITIONAL: "uid: some", UIDChange.ALL: "uid: all"}
UID_READING = (
    "uid: static pods that the new kubelet gives another UID, and makes anew."
    " sandbox: pods whose sandbox the new kubelet makes anew, some by the two versions alone, or so many of this plan."
)
SANDBOX_SIGN = "sandbox: some"
HEADLINE = "Which unchanged containers the new kubelet kills and recreates, read off the types of each minor's newest patch"


class OwnStep(msgspec.Struct, frozen=True, gc=False):
    """A step that nodes of the plan take: so many containers and bare pods of theirs stop, may stop, and are all together.

    uids, sandboxes: of those that stop, with static pods that get another UID, and with sandboxes that are made anew.
    """

    stops: int
    unknown: int
    all: int
    uids: int = 0
    sandboxes: int = 0

    @property
    def sentence(self) -> str:
        """Of this plan."""
        doubt = f", {self.unknown} cannot be told" if self.unknown else ""
        told = (self.uids, "another UID of a static pod"), (self.sandboxes, "their sandbox")
        parts = [f"{number} for {what}" for number, what in told if number]
        rest = f" ({', '.join(parts)})" if parts else ""
        return f"in this plan {self.stops} of {count(self.all, 'container')} stop{'s' if self.stops == 1 else ''}{rest}{doubt}"


class Step(msgspec.Struct, frozen=True, gc=False):
    """One pair in words: which containers, which static pods, and whose sandboxes."""

    old: Minor
    new: Minor
    effect: Effect
    containers: tuple[str, ...]
    static_pods: str
    sandboxes: tuple[str, ...]
    own: OwnStep | None


def span_of(plan: Plan) -> tuple[Minor, Minor]:
    """The first and the last minor that a grid of this plan shows."""
    starts = [each.minor for each in (plan.from_version, *(node.from_version for node in plan.nodes)) if each is not None]
    end = plan.to_version.minor
    low, high = min([*starts, end]), max([*starts, end])
    if not starts:
        low = Minor(end.major, end.minor - _BELOW_UNKNOWN)
    return Minor(low.major, max(low.minor - _AROUND, 0)), Minor(high.major, high.minor + _AROUND)


def own_steps(plan: Plan) -> Mapping[tuple[Minor, Minor], OwnStep]:
    """By pair of minors, what the plan knows of nodes that step so."""
    pairs = {node.name: (node.from_version.minor, node.to_version.minor) for node in plan.nodes if node.from_version is not None}
    stops, unknown, every, uids, sandboxes = (Counter[tuple[Minor, Minor]]() for _ in range(5))
    for pod in plan.pods:
        pair = pairs.get(pod.node or "")
        if pair is None or pair[0] == pair[1]:
            continue
        for one in pod.containers or (pod,):
            if one.verdict is not Verdict.NOT_COMPARED:
                every[pair] += pod.number
                stops[pair] += (one.fate in GONE) * pod.number
                unknown[pair] += (one.fate is Verdict.UNKNOWN) * pod.number
                uids[pair] += (one.fate in GONE and one.reason.family is Family.STATIC_UID) * pod.number
                sandboxes[pair] += (one.fate in GONE and one.reason.family is Family.SANDBOX) * pod.number
    return {pair: OwnStep(stops[pair], unknown[pair], number, uids[pair], sandboxes[pair]) for pair, number in every.items()}


def steps_of(matrix: Matrix, own: Mapping[tuple[Minor, Minor], OwnStep]) -> tuple[Step, ...]:
    """The plan's own pairs, then each step from one minor to the next that lies between."""
    cells = {(cell.old, cell.new): cell for cell in matrix.cells}
    following = zip(matrix.minors, matrix.minors[1:], strict=False)
    wanted = dict.fromkeys((*sorted(own), *following))
    return tuple(_step(cells[pair], own.get(pair)) for pair in wanted if pair in cells)


def _step(cell: MatrixCell, own: OwnStep | None) -> Step:
    containers = sentences(cell.reasons) or (EFFECT[cell.effect],)
    return Step(cell.old, cell.new, cell.effect, containers, who(cell.static_pods), sandboxes(cell.sandboxes), own)
