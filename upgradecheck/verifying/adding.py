"""A plan that is verified wave by wave adds up: what an earlier result has decided stands, since it was looked at nearer to the upgrade.

Pods are replaced and containers restart in the days between two waves; who looks at the first wave's nodes again sees less of what its
kubelets did. One thing he may see better: who looks some seconds after the start of a kubelet sees containers that it is about to stop.
That one was kept, a later look takes back if it shows a kubelet's stop, and leaves open if it shows one of which nothing tells the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from upgradecheck.model.verification import (
    JUDGED,
    Because,
    Came,
    NodeState,
    Result,
    Tally,
    Verification,
    VerifiedContainer,
    VerifiedNode,
    VerifiedWave,
    tally,
    together,
)
from upgradecheck.model.waves import WaveKind

_OPEN = (Result.PENDING, Result.UNSEEN, Result.REPLACED)
_SETTLED = (NodeState.UPGRADED, NodeState.GONE)

_Row = tuple[str | None, str, str, str, str | None]


def with_earlier(now: Verification, earlier: Verification) -> Verification:
    """A result with an earlier one of the same plan."""
    before = {_row(one): one for one in earlier.containers}
    containers = tuple(_better(before.get(_row(one)), one) for one in now.containers)
    counted = tallies(containers)
    nodes_before = {one.name: one for one in earlier.nodes}
    either = (_node(nodes_before.get(one.name), one) for one in now.nodes)
    nodes = tuple(replace(one, summary=counted.get(one.name, Tally())) for one in either)
    return replace(
        now,
        summary=tally(one.result for one in containers),
        containers=containers,
        nodes=nodes,
        waves=in_waves(((one.number, one.kind, one.nodes) for one in now.waves), nodes),
    )


def is_of_one_plan(one: Verification, other: Verification) -> bool:
    """Whether two results tell of the same containers, and of the same predictions."""
    return one.to_version == other.to_version and sorted(map(_told, one.containers)) == sorted(map(_told, other.containers))


def in_waves(waves: Iterable[tuple[int, WaveKind, tuple[str, ...]]], nodes: Iterable[VerifiedNode]) -> tuple[VerifiedWave, ...]:
    """What came in each wave: of its number, its kind and its nodes."""
    by_name = {node.name: node for node in nodes}
    found = []
    for number, kind, names in waves:
        its = [by_name[name] for name in names if name in by_name]
        upgraded = sum(node.state is NodeState.UPGRADED for node in its)
        found.append(VerifiedWave(number, kind, names, upgraded, together(node.summary for node in its)))
    return tuple(found)


def tallies(containers: tuple[VerifiedContainer, ...]) -> Mapping[str | None, Tally]:
    """The numbers of each node."""
    found: dict[str | None, list[Result]] = {}
    for one in containers:
        found.setdefault(one.node, []).append(one.result)
    return {name: tally(results) for name, results in found.items()}


def _row(one: VerifiedContainer) -> _Row:
    return one.node, one.namespace, one.pod, one.uid, one.container


def _told(one: VerifiedContainer) -> tuple[str, ...]:
    words = (*_row(one), one.container_id, one.predicted.value, one.reason.value)
    return tuple("" if word is None else word for word in words)


def _better(earlier: VerifiedContainer | None, now: VerifiedContainer) -> VerifiedContainer:
    if earlier is not None and earlier.came is Came.KEPT and earlier.result in JUDGED:
        return _of_kept(earlier, now)
    if earlier is not None and now.came is Came.KEPT and now.result in JUDGED:
        return _of_kept(now, earlier)  # several earlier results are laid under in the order in which they are named
    if earlier is None or (earlier.result in _OPEN and now.result not in _OPEN):
        return now
    if earlier.result not in _OPEN:
        return earlier
    if earlier.result is Result.UNSEEN and earlier.came is not None:
        return earlier  # that it was stopped stays true when its pod is replaced
    return max(earlier, now, key=lambda one: (Result.PENDING, Result.UNSEEN, Result.REPLACED).index(one.result))


def _of_kept(earlier: VerifiedContainer, now: VerifiedContainer) -> VerifiedContainer:
    """What was stopped later for another reason was kept all the same."""
    if now.because in (Because.DEFINITION, Because.SANDBOX) or (now.came is Came.REJECTED and now.because is None):
        return now
    if now.came in (None, Came.KEPT) or now.because is not None:
        return earlier
    return replace(now, result=Result.UNSEEN)


def _node(earlier: VerifiedNode | None, now: VerifiedNode) -> VerifiedNode:
    return earlier if earlier is not None and earlier.state in _SETTLED and now.state not in _SETTLED else now
