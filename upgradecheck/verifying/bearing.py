"""Whether anything bears out that the new kubelet has made a restart of which nothing but a signal tells.

A kubelet compares what runs when it comes up, so what it stops for that was told to stop at its start: once, and with all else that
it stops. A probe, an operator or a program that ends by itself leave the same exit codes (0, 137, 143), at any time. So a predicted
stop counts as predicted where one of these was when the container was told to stop, which is before its end by its grace period:

- a start of a kubelet: by its event, by the node that was asked, or by when its Node became ready, which most starts make it anew;
- another stop on its node, of another pod, that had been predicted, too, and has come. Whatever else stops several at once, as a runtime
  that is restarted or a network that fails, does not choose those that were predicted: the others are misses then.

Where neither is, it is not decided. The kubelet's own word (its event, its hash on the record) needs no more than itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.model.plan import GONE
from upgradecheck.model.verification import Result, VerifiedContainer
from upgradecheck.verifying.ends import Span
from upgradecheck.verifying.fates import Fate
from upgradecheck.verifying.nodes import NodeNow
from upgradecheck.verifying.proving import by_signal

_Stop = tuple[str | None, Span]
"""The UID of the pod where that matters: what a signal alone explains bears out nothing of its own pod, which ends together."""


def borne_out(rows: Sequence[VerifiedContainer], fates: Sequence[Fate], nodes: Mapping[str, NodeNow]) -> tuple[VerifiedContainer, ...]:
    """The rows, without the hits that nothing bears out."""
    stops: dict[str, list[_Stop]] = {}
    for row, fate in zip(rows, fates, strict=True):
        if row.result is Result.HIT and row.predicted in GONE and row.node is not None and fate.began is not None:
            stops.setdefault(row.node, []).append((row.uid if by_signal(row, fate) else None, fate.began))
    return tuple(_decided(stops, nodes, row, fate) for row, fate in zip(rows, fates, strict=True))


def _decided(stops: Mapping[str, Sequence[_Stop]], nodes: Mapping[str, NodeNow], row: VerifiedContainer, fate: Fate) -> VerifiedContainer:
    if row.node is None or not by_signal(row, fate):
        return row
    beside = any(_meet(fate.began, one) for one in _beside(row, nodes[row.node], stops.get(row.node, [])))
    return row if beside else replace(row, result=Result.UNSEEN)


def _beside(row: VerifiedContainer, node: NodeNow, stops: Sequence[_Stop]) -> Iterator[Span]:
    yield from ((start, start) for start in node.starts)
    yield from (span for uid, span in stops if uid != row.uid)


def _meet(one: Span | None, other: Span) -> bool:
    return one is not None and one[0] <= other[1] and other[0] <= one[1]
