"""What rests on dumps that need not be of after the upgrade: it is taken back, and the report says so.

That a container runs as before, or that its pod is in no list any more, looks the same in a dump of before the upgrade, or of before the
plan. So does a restart that was predicted and of which nothing but a signal tells: that may have been made under the old kubelet. They
stand where a dump is known to be later (``dumps``), or where it shows on the same node what only the new kubelet does: a stop that the plan
had said, and that a kubelet calls its own, or after which the runtime's record carries the new kubelet's hash. A signal proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.model.plan import GONE
from upgradecheck.model.verification import Because, Came, Result, VerifiedContainer
from upgradecheck.model.wording import count, form
from upgradecheck.verifying.after import After
from upgradecheck.verifying.dumps import Time
from upgradecheck.verifying.fates import Fate
from upgradecheck.verifying.nodes import NodeNow

_Row = tuple[VerifiedContainer, Fate]
_Place = tuple[str, Time | None]
"""A node, and what was taken together of it; None is what was read just now."""


def proved(rows: Sequence[_Row], nodes: Mapping[str, NodeNow], after: After) -> tuple[tuple[VerifiedContainer, ...], tuple[str, ...]]:
    """The rows as far as what was read proves them, and what is to be said of the others."""
    doing = _doings(rows, after)
    told = [row if _stands(row, fate, nodes, after, doing) else _taken_back(row) for row, fate in rows]
    taken = sum(now is not before for now, (before, _) in zip(told, rows, strict=True))
    return tuple(told), (_notice(taken),) if taken else ()


def _doings(rows: Sequence[_Row], after: After) -> Collection[_Place]:
    """Where a dump shows the new kubelet's doing."""
    return {
        _place(row.node, dump, after)
        for row, fate in rows
        if row.node is not None and row.predicted in GONE and row.result is Result.HIT and _is_told(row, fate)
        for dump in fate.proofs
    }


def _place(node: str, dump: str | None, after: After) -> _Place:
    return node, None if dump is None else after.dumps.time_of(dump, node)


def _is_told(row: VerifiedContainer, fate: Fate) -> bool:
    """Whether more than a signal says that the new kubelet has stopped it."""
    return row.because in (Because.DEFINITION, Because.SANDBOX) or (row.because is None and fate.of_the_new)


def _stands(row: VerifiedContainer, fate: Fate, nodes: Mapping[str, NodeNow], after: After, doing: Collection[_Place]) -> bool:
    if row.node is None or not fate.dumps or not (fate.gone or row.came in (Came.KEPT, Came.REMOVED) or by_signal(row, fate)):
        return True
    by = nodes[row.node].upgraded_by
    return any(after.dumps.is_after(dump, row.node, by) or _place(row.node, dump, after) in doing for dump in fate.dumps)


def by_signal(row: VerifiedContainer, fate: Fate) -> bool:
    """Whether a stop counts as predicted that anybody's signal may have made."""
    return row.result is Result.HIT and row.came in (Came.RESTARTED, Came.ENDED) and not _is_told(row, fate)


def _taken_back(row: VerifiedContainer) -> VerifiedContainer:
    return replace(row, came=None, result=row.result if row.result is Result.UNKNOWN else Result.UNSEEN)


def _notice(number: int) -> str:
    return (
        f"{count(number, 'container')} {form(number, 'seems', 'seem')} to be as before, to be gone, or to have stopped as predicted, in"
        " lists that nothing shows to be later than the new kubelet: those of before the upgrade look the same, so that is not decided."
        " Take nodes and pods in one list, as kubectl writes it (kubectl get nodes,pods -A -o json > after.json), read the cluster,"
        " or ask the node's runtime."
    )
