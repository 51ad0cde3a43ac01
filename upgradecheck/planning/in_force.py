"""Overrides that are in force already: what kubelets see of a container is then not what its creator wrote.

A journal of ``override apply`` tells which records carry a hash that it wrote; a plan that ``override proxy`` serves tells which hashes
kubelets are shown in place of the recorded ones. What neither is about is natural.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from upgradecheck.decode.override_journal import FORMAT, read_journal
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.planning.override_map import read_override_map


@dataclass(frozen=True, slots=True)
class InForce:
    """Overrides by container ID; digests of the journals that tell of all that was written while they were in force."""

    written: Mapping[str, Override] = field(default_factory=dict)
    shown: Mapping[str, Override] = field(default_factory=dict)
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.written or self.shown or self.digests)

    def joined(self, other: InForce) -> InForce:
        """Both; of two that concern one container the other's counts, which is the later."""
        return InForce({**self.written, **other.written}, {**self.shown, **other.shown}, self.digests | other.digests)

    def seen(self, records: Iterable[ContainerRecord]) -> Iterator[ContainerRecord]:
        """The records as kubelets see them, with what their creators wrote beside it."""
        return (self._seen(record) for record in records)

    def _seen(self, record: ContainerRecord) -> ContainerRecord:
        kept = record.hash
        if not isinstance(kept, Recorded):
            return record
        written, shown = self.written.get(record.container_id), self.shown.get(record.container_id)
        natural = _natural(written, kept)
        if shown is not None and shown.hash.before == f"{kept.hash:x}":
            return replace(record, hash=Recorded(int(shown.hash.after, 16)), natural=natural or kept, kept=kept)
        return record if natural is None else replace(record, natural=natural)


NOTHING_IN_FORCE = InForce()


def _natural(written: Override | None, kept: Recorded) -> Recorded | None:
    """What stood in the record before an override wrote what stands there now; None if no override did."""
    if written is None or written.hash.before is None or written.hash.after != f"{kept.hash:x}":
        return None
    return Recorded(int(written.hash.before, 16))


def read_in_force(raw: bytes) -> InForce:
    """What a journal, or a plan with overrides, says is in force.

    Raises:
        SpecRefused: it is neither, or was changed.
    """
    if FORMAT.encode() in raw.partition(b"\n")[0]:
        journal = read_journal(raw)
        if journal is None:
            raise SpecRefused("ends before its first line does; nothing was written under it")
        return InForce(written=dict(journal.restamped), digests=journal.digests)
    return InForce(shown=dict(read_override_map(raw).overrides))
