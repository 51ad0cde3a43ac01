"""Sets of CPUs as the kubelet writes them: ``0-3,8``. Mirrors Parse in k8s.io/utils/cpuset."""

from __future__ import annotations

from upgradecheck.model.errors import SpecRefused

_MOST = 1 << 16


def parse_cpus(text: str) -> frozenset[int]:
    """The CPUs.

    Raises:
        SpecRefused: it is no such list, or one of more CPUs than any machine has.
    """
    found: set[int] = set()
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        try:
            start, end = int(first), int(last) if dash else int(first)
        except ValueError as error:
            raise SpecRefused(f"{text[:40]!r} is no list of CPUs") from error
        if not 0 <= start <= end < _MOST:
            raise SpecRefused(f"{text[:40]!r} is no list of CPUs")
        found.update(range(start, end + 1))
    return frozenset(found)
