"""What was not seen: things that are missing for one reason, as where many nodes report one unknown version, are told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.plan import Missing


class Lack(msgspec.Struct, frozen=True, gc=False):
    """What is missing for one reason, in the order of the plan; raw."""

    whats: tuple[str, ...]
    reason: str

    @property
    def of(self) -> str:
        """The words with which all of them begin, where they differ in their last word alone, with a blank behind."""
        begins = {what.rpartition(" ")[0] for what in self.whats}
        return f"{begins.pop()} " if len(self.whats) > 1 and len(begins) == 1 and "" not in begins else ""


def by_reason(missing: Iterable[Missing]) -> Iterator[Lack]:
    """Each reason once, in the order in which it first comes."""
    found: dict[str, dict[str, None]] = {}
    for one in missing:
        found.setdefault(one.reason, {})[one.what] = None
    return (Lack(tuple(whats), reason) for reason, whats in found.items())
