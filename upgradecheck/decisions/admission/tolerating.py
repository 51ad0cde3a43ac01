"""Whether a pod tolerates a taint. Mirrors ToleratesTaint in k8s.io/api/core/v1/toleration.go.

Lt and Gt count only with gate TaintTolerationComparisonOperators (1.35 on, off by default).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from upgradecheck.decisions.admission.requests import Toleration
from upgradecheck.hashing.gonumbers import int64
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Taint

_INTEGER = pattern(r"-?(?:0|[1-9][0-9]*)", re.ASCII)


def tolerated(taint: Taint, tolerations: Iterable[Toleration], *, compares: bool) -> bool:
    """Whether one of the tolerations covers the taint; compares: Lt and Gt are operators."""
    return any(_covers(toleration, taint, compares=compares) for toleration in tolerations)


def _covers(toleration: Toleration, taint: Taint, *, compares: bool) -> bool:
    if toleration.effect not in ("", taint.effect) or toleration.key not in ("", taint.key):
        return False
    match toleration.operator:
        case "" | "Equal":
            return toleration.value == taint.value
        case "Exists":
            return True
        case "Lt" | "Gt" if compares:
            return _compared(toleration, taint)
    return False


def _compared(toleration: Toleration, taint: Taint) -> bool:
    if not _INTEGER.fullmatch(toleration.value) or not _INTEGER.fullmatch(taint.value):
        return False
    limit, value = int64(toleration.value), int64(taint.value)
    if limit is None or value is None:
        return False
    return value < limit if toleration.operator == "Lt" else value > limit
