"""The runtime's records of a file, packed: what a record says, where it stands included, is all there again when it is unpacked.

Records of one pod stay together: where one of them is of a form that does not pack (what a kubelet cannot read, times that no runtime has),
all of them stand as they are. So do those of which two of the file, or two files, have one ID: that is for who compares them
(sources.files.records).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.packed import (
    NUMBER_BITS,
    PackedContainer,
    PackedList,
    PackedPod,
    PackedSandbox,
    Whose,
    key_of,
    packed_id,
    source_number,
    state_number,
)
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, Recorded, SandboxRecord

_ITEM = "item "
_NUMBER = pattern(r"[1-9][0-9]{0,8}")
_MOST = (1 << 63) - 1
"""What any number of a runtime's is below."""

Record = ContainerRecord | SandboxRecord
_Its = tuple[list[SandboxRecord], list[ContainerRecord]]


class PackedFile(msgspec.Struct, frozen=True, gc=False):
    """The records of a file: its lists, and the rest as they are, in their order. places: what the numbers of records stand behind, in the
    order in which the file has them."""

    lists: tuple[PackedList, ...] = ()
    rest: tuple[Record, ...] = ()
    places: tuple[str, ...] = ()

    def unpacked(self) -> PackedFile:
        """All of it as it is, in its order."""
        if not self.lists:
            return self
        found = [*self.rest]
        for pod in (pod for listed in self.lists for pod in listed.pods()):
            found += (*pod.sandboxes, *pod.containers)
        order = {place: number for number, place in enumerate(self.places)}

        def place_of(record: Record) -> tuple[int, int]:
            before, _, number = record.origin.place.rpartition(_ITEM)
            return order[before], int(number) if number.isdecimal() else 0

        return PackedFile((), tuple(sorted(found, key=place_of)), self.places)


def packed_file(records: Sequence[Record]) -> PackedFile:
    """The records of a file."""
    apart, rest, places = _apart(records), list[Record](), dict[str, None]()
    lists: dict[tuple[str, str], dict[Whose, _Its]] = {}
    for record in records:
        before = record.origin.place.rpartition(_ITEM)[0]
        places[before] = None
        uid = record.pod_uid
        if uid in apart:
            rest.append(record)
            continue
        whose = uid, record.pod_namespace, record.pod_name
        pods = lists.setdefault((record.origin.source, before), {})
        if (its := pods.get(whose)) is None:
            its = pods[whose] = [], []
        if isinstance(record, SandboxRecord):
            its[0].append(record)
        else:
            its[1].append(record)
    made = tuple(_list(Origin(source, f"{before}{_ITEM}"), pods) for (source, before), pods in lists.items())
    return PackedFile(made, tuple(rest), tuple(places))


def _list(origin: Origin, pods: Mapping[Whose, _Its]) -> PackedList:
    runtime = next((one.runtime for _, containers in pods.values() for one in containers), None)
    return PackedList(origin, runtime, (_pod(whose, *its) for whose, its in pods.items()))


def _pod(whose: Whose, sandboxes: Sequence[SandboxRecord], containers: Sequence[ContainerRecord]) -> PackedPod:
    places = {one.sandbox_id: place for place, one in enumerate(sandboxes)}
    return PackedPod(*whose, tuple(map(_sandbox, sandboxes)), tuple([_container(one, places.get(one.sandbox_id)) for one in containers]))


def _sandbox(one: SandboxRecord) -> PackedSandbox:
    return PackedSandbox(
        packed_id(one.sandbox_id),
        one.ready,
        one.created_at,
        one.attempt,
        source_number(one.source),
        one.config_hash,
        one.network,
        _item(one.origin),
        one.origin.line,
    )


def _container(one: ContainerRecord, sandbox: int | None) -> PackedContainer:
    recorded, without = one.hash, one.hash_without_resources
    return PackedContainer(
        packed_id(one.container_id),
        one.name,
        state_number(one.state),
        one.created_at,
        recorded.hash.number if isinstance(recorded, Recorded) else None,
        packed_id(one.sandbox_id) if sandbox is None else sandbox,
        one.attempt,
        without.hash.number if isinstance(without, Recorded) else None,
        unreadable=False,
        padded=isinstance(recorded, Recorded) and not recorded.as_written,
        item=_item(one.origin),
        line=one.origin.line,
    )


def _item(origin: Origin) -> int:
    return int(origin.place.rpartition(_ITEM)[2])


def told_alone(files: Sequence[PackedFile]) -> Iterator[PackedFile]:
    """The files, of which lists stay packed that have no ID of another one."""
    keys = [_keys(file) for file in files]
    once, again = set[int](), set[int]()
    for its in keys:
        again |= once & its
        once |= its
    return (file if again.isdisjoint(its) else file.unpacked() for file, its in zip(files, keys, strict=True))


def _keys(file: PackedFile) -> set[int]:
    """Those of all IDs of a file."""
    found = {key >> NUMBER_BITS for one in file.lists for keys in (one.ids, one.sandbox_ids) for key in keys}
    found.update([key_of(packed_id(_identity(record))) >> NUMBER_BITS for record in file.rest])
    return found


def _identity(record: Record) -> str:
    return record.sandbox_id if isinstance(record, SandboxRecord) else record.container_id


def _apart(records: Sequence[Record]) -> set[str]:
    """The UIDs of pods of which not all can be packed."""
    if len({one.runtime for one in records if isinstance(one, ContainerRecord)}) > 1:
        return {one.pod_uid for one in records}
    apart, whose = {""}, dict[tuple[type[Record], str], str]()
    for record in records:
        key, uid = (type(record), _identity(record)), record.pod_uid
        if key in whose:
            apart |= {whose[key], uid}
        elif not _is_plain(record):
            apart.add(uid)
        whose[key] = uid
    return apart


def _is_plain(record: Record) -> bool:
    """Whether a record is the same when it was packed."""
    number = record.origin.place.rpartition(_ITEM)[2]
    if not (_NUMBER.fullmatch(number) and -_MOST <= record.created_at <= _MOST and record.attempt <= _MOST):
        return False
    if isinstance(record, SandboxRecord):
        return True
    recorded, without = record.hash, record.hash_without_resources
    if record.natural is not None or record.kept is not None or (isinstance(recorded, Absent) and recorded.found is not None):
        return False
    return without.as_written if isinstance(without, Recorded) else without.found is None
