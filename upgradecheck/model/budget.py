"""PodDisruptionBudgets, as far as a kubelet's restarts, which they do not hold back, can exceed them."""

from __future__ import annotations

import msgspec

from upgradecheck.model.selectors import Selector


class Budget(msgspec.Struct, frozen=True, gc=False):
    """One budget. selector: None selects no pod. healthy and wanted count pods, as its controller saw them last; None where it has not
    looked since the budget was changed.
    """

    namespace: str
    name: str
    selector: Selector | None
    healthy: int | None = None
    wanted: int | None = None
