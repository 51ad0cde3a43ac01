"""Sets of CPUs as the kubelet writes them: ``0-3,8``. Mirrors Parse in k8s.io/utils/cpuset."""

from __future__ import annotations

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_MOST = 1 << 16
_PART = pattern(r"\+?([0-9]{1,18})(?:-\+?([0-9]{1,18}))?")


def parse_cpus(text: str) -> frozenset[int]:
    """The CPUs.

    Raises:
        SpecRefused: it is no such list, or one of more CPUs than any machine has.
    """
    found: set[int] = set()
    for part in text.split(",") if text else ():
        found_range = _PART.fullmatch(part)
        start, end = (int(found_range[1]), int(found_range[2] or found_range[1])) if found_range is not None else (1, 0)
        if not 0 <= start <= end < _MOST:
            raise SpecRefused(f"{text[:40]!r} is no list of CPUs")
        found.update(range(start, end + 1))
    return frozenset(found)
