"""Overrides that are in force already: what kubelets see of a container is then not what its creator wrote.

A journal of ``override apply`` tells which records carry a hash that it wrote; a plan that ``override proxy`` serves tells which hashes
kubelets are shown in place of the recorded ones. What neither is about is natural.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.model.bundle import Collected
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.packed import NUMBER_BITS, Containers, PackedList, key_of, packed_id
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.model.wording import count


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A journal: the digest that it follows, and those of all its own states."""

    follows: str | None
    digests: frozenset[str]


class InForce(msgspec.Struct, frozen=True, gc=False):
    """Overrides by container ID, of journals the oldest first; which journals there are; of which IDs a proxy was asked what it shows."""

    written: Mapping[str, tuple[Override, ...]] = msgspec.field(default_factory=dict)
    shown: Mapping[str, Override] = msgspec.field(default_factory=dict)
    journals: tuple[_Known, ...] = ()
    asked: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.written or self.shown or self.journals)

    @property
    def digests(self) -> frozenset[str]:
        """Of the journals that tell of all that was written while they were in force: the ones before them are known too."""
        found, open_ = set[str](), list(self.journals)
        while open_:
            known, rest = list[_Known](), list[_Known]()
            for one in open_:
                (known if one.follows is None or one.follows in found else rest).append(one)
            if not known:
                break
            found.update(*(one.digests for one in known))
            open_ = rest
        return frozenset(found)

    def notices(self, records: Iterable[ContainerRecord] = ()) -> Iterator[str]:
        """What is taken on trust: a journal's hashes stand in the records themselves, a proxy's nobody sees here; what was of no use."""
        ids = {*self.written, *self.shown} - self.asked
        if ids and ids.isdisjoint(record.container_id for record in records):
            tells = f"none of the {len(ids):,} containers that it tells of"
            yield f"--override-in-force: {tells} is among the runtime's records that were read."
        if self.asked:
            yield (
                f"A proxy of ours shows kubelets other hashes than the records hold, of {count(len(self.asked), 'container')}: that it "
                "stands with that map when the new kubelet starts is taken on trust; without it these containers restart."
            )
        if self.shown.keys() - self.asked:
            yield (
                "--override-in-force: that the kubelet is shown the plan's hashes, by a proxy that it goes through and that runs when it "
                "starts, is taken on trust; without it these containers restart."
            )

    def joined(self, other: InForce) -> InForce:
        """Both; the other's is the later."""
        written = {key: (*self.written.get(key, ()), *other.written.get(key, ())) for key in {**self.written, **other.written}}
        asked = (self.asked - other.shown.keys()) | other.asked
        return InForce(written, {**self.shown, **other.shown}, (*self.journals, *other.journals), asked)

    def seen(self, records: Collection[ContainerRecord]) -> Collection[ContainerRecord]:
        """The records as kubelets see them, with what their creators wrote beside it; packed lists that it is not about stay as they are.

        Of a container whose record was listed before and after an override wrote into it, the later one alone.
        """
        if not isinstance(records, Containers):
            return tuple(self._all_seen(records, self._listed(records)))
        keys = {key_of(packed_id(one)) >> NUMBER_BITS for one in (*self.written, *self.shown)}
        rest = [isinstance(one, PackedList) and keys.isdisjoint(key >> NUMBER_BITS for key in one.ids) for one in records.parts]
        parts = [one if rests else records.unpacked(one) for one, rests in zip(records.parts, rest, strict=True)]
        listed = self._listed(one for part in parts if not isinstance(part, PackedList) for one in part)
        return Containers(part if isinstance(part, PackedList) else tuple(self._all_seen(part, listed)) for part in parts)

    def _listed(self, records: Iterable[ContainerRecord]) -> dict[str, set[Hash]]:
        """The hashes that records show of containers into which an override wrote."""
        listed: dict[str, set[Hash]] = {}
        for record in records:
            if record.container_id in self.written and isinstance(record.hash, Recorded):
                listed.setdefault(record.container_id, set()).add(record.hash.hash)
        return listed

    def _all_seen(self, records: Iterable[ContainerRecord], listed: Mapping[str, set[Hash]]) -> Iterator[ContainerRecord]:
        return (self._seen(record) for record in records if not self._rewritten(record, listed.get(record.container_id, set())))

    def _rewritten(self, record: ContainerRecord, listed: set[Hash]) -> bool:
        """Whether an override wrote another hash that is listed, too, in the place of a record's."""
        written = self.written.get(record.container_id, ())
        own = record.hash.hash if isinstance(record.hash, Recorded) else None
        return any(own in _before(written, later) for later in listed if later != own)

    def _seen(self, record: ContainerRecord) -> ContainerRecord:
        kept = record.hash
        if not isinstance(kept, Recorded):
            return record
        written, shown = self.written.get(record.container_id, ()), self.shown.get(record.container_id)
        natural = _natural(written, kept)
        if shown is not None and shown.hash.before == kept.hash:
            return replace(record, hash=Recorded(shown.hash.after), natural=natural or kept, kept=kept)
        return record if natural is None else replace(record, natural=natural)


NOTHING_IN_FORCE = InForce()


def collected_in_force(collected: Mapping[str, Collected]) -> InForce:
    """What journals in the bundles of nodes, and the proxies there, say is in force."""
    written, journals, shown = dict[str, tuple[Override, ...]](), list[_Known](), dict[str, Override]()
    for one in collected.values():
        for journal in one.journals:
            journals.append(_Known(journal.follows, frozenset(journal.digests)))
            for container_id, rewrite in journal.overrides.items():
                written[container_id] = (*written.get(container_id, ()), Override(rewrite, "", "", "", "", one.node))
        shown.update(one.shown)
    return InForce(written, shown, tuple(journals), frozenset(shown)) if journals or shown else NOTHING_IN_FORCE


def overrides_shown(rewrites: Mapping[str, Rewrite], records: Iterable[ContainerRecord], node: str | None) -> Mapping[str, Override]:
    """What a proxy shows of containers, by ID, as an override of each."""
    if not rewrites:
        return {}
    named = {one.container_id: one for one in records if one.container_id in rewrites}
    return {key: Override(rewrites[key], one.pod_namespace, one.pod_name, one.pod_uid, one.name, node) for key, one in named.items()}


def _natural(written: tuple[Override, ...], kept: Recorded) -> Recorded | None:
    """What stood in the record before overrides wrote what stands there now; None if none did."""
    before = _before(written, kept.hash)
    return Recorded(before[-1]) if before and before[-1] != kept.hash else None


def _before(written: tuple[Override, ...], now: Hash) -> tuple[Hash, ...]:
    """What stood in the record before overrides wrote what stands there now, the first last."""
    found: list[Hash] = []
    for one in reversed(written):
        if one.hash.after == now and one.hash.before is not None:
            now = one.hash.before
            found.append(now)
    return tuple(found)


def read_in_force(raw: bytes) -> InForce:
    """What a journal, or a plan with overrides, says is in force.

    Raises:
        SpecRefused: it is neither, or was changed.
    """
    from upgradecheck.contract.v1.plan_reading import overrides_of
    from upgradecheck.formats.override_journal import FORMAT, read_journal

    if FORMAT.encode() in raw.partition(b"\n")[0]:
        journal = read_journal(raw)
        if journal is None:
            raise SpecRefused("ends before its first line does; nothing was written under it")
        written = {container_id: (one,) for container_id, one in journal.restamped.items()}
        return InForce(written, journals=(_Known(journal.follows, journal.digests),))
    return InForce(shown=overrides_of(raw).overrides)
