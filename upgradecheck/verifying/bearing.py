"""Whether anything bears out that the new kubelet has made a restart of which nothing but a signal tells.

A kubelet compares what runs when it comes up, so what it stops for that was told to stop at its start: once, and with all else that
it stops. A probe, an operator or a program that ends by itself leave the same exit codes (0, 137, 143), at any time. So a predicted
stop counts as predicted where one of these was when the container was told to stop, which is before its end by its grace period:

- a start of a kubelet: by its event, by the node that was asked, or by when its Node became ready, which most starts make it anew, some
  seconds after the kubelet has stopped what it stops;
- another stop on its node, of another pod, that had been predicted, too, and has come. Whatever else stops several at once, as a runtime
  that is restarted or a network that fails, does not choose those that were predicted: the others are misses then.

Where all of a node was predicted there are no others, and what stops them together under the old kubelet looks the same. So stops that
only a signal tells of do not bear out each other where a kubelet was started later than they came: that may have been the first start of
the new one. A start of before them says nothing against them, since not every start makes its Node ready anew.

Where neither is, it is not decided. The kubelet's own word (its event, its hash on the record) needs no more than itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.model.plan import GONE
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Result, VerifiedContainer
from upgradecheck.verifying.ends import Span
from upgradecheck.verifying.fates import Fate
from upgradecheck.verifying.nodes import NodeNow
from upgradecheck.verifying.proving import by_signal

READY_LATER = 300 * SECOND
"""How long after a kubelet has stopped what it found its Node may become ready. The kubelet writes that with its first status, every ten
seconds at first, and stops things as soon as its runtime answers; but the API server may run on this node and be started anew, too."""
_READY_SOON = 40 * SECOND
"""How long after that it does so on an ordinary node: what stops alone by a signal counts as the kubelet's only so close before."""
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
    node, of_node = nodes[row.node], stops.get(row.node, [])
    beside = any(_meet(fate.began, one) for one in _beside(row, node, of_node, alone=_is_before_a_start(fate.began, node)))
    return row if beside else replace(row, result=Result.UNSEEN)


def _beside(row: VerifiedContainer, node: NodeNow, stops: Sequence[_Stop], *, alone: bool) -> Iterator[Span]:
    """alone: what only a signal tells of bears out nothing."""
    yield from ((start, start) for start in node.starts)
    if node.ready_at is not None:
        yield node.ready_at - _READY_SOON, node.ready_at
    yield from (span for uid, span in stops if (uid is None if alone else uid != row.uid))


def _is_before_a_start(span: Span | None, node: NodeNow) -> bool:
    if span is None:
        return False
    return any(start > span[1] + SECOND for start in node.starts) or (node.ready_at is not None and node.ready_at > span[1] + READY_LATER)


def _meet(one: Span | None, other: Span) -> bool:
    return one is not None and one[0] <= other[1] and other[0] <= one[1]
