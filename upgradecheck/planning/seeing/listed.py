"""What the runtime's lists show of a pod that is like others, where that is plain: of each container that its statuses name the record of
that very container, and one sandbox at most.

Its shape is what facts and decisions hang on beside the pod's own: states, and what is there. The recorded hashes are its own, as its
hashes are; replicas.py asks that each is the one that the running kubelet makes. Names, IDs and times decide nothing here but when a
container started, which is a replica's own.

Steps aside: records that may be of several pods, of other containers or names than the statuses have, or under another UID; lists that
contradict each other; overrides in force; what a kubelet cannot read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from upgradecheck.hashing.fast.outlines import Outline
from upgradecheck.model.packed import STATES, PackedContainer, PackedPod, is_id, source_of_number
from upgradecheck.model.pod import ContainerRecord, PodSource, Recorded, SandboxNetwork, SandboxRecord
from upgradecheck.planning.seeing.records import Records

Shape = tuple[Any, ...]


class Listed(msgspec.Struct, frozen=True, gc=False):
    """What lists show of a pod. hashes: of each container of which a hash is recorded, the place of its status, and the hash as a number;
    containers: there is any; as_told: each status has one, which was started anew as often as the status says, so far as that is known;
    within: all records, of which these are some.
    """

    shape: Shape = ()
    hashes: tuple[tuple[int, int], ...] = ()
    containers: bool = False
    as_told: bool = False
    within: Records | None = None


UNLISTED = Listed()
_DEFAULT = "default"
"""The namespace of a pod that names none."""


def listed(outline: Outline, records: Records) -> Listed | None:
    """What is known of a pod whose spec was not decoded; None where that is not plain."""
    if records.are_none:
        return UNLISTED
    who, runs = (outline.uid, outline.namespace, outline.name), outline.runs
    soon = listed_soon(who, outline.names, [one[0] for one in runs], [one[2] for one in runs], records)
    if soon is not None:
        return soon
    found = records.under(outline.uid)
    if found is None:
        return None
    newest, sandboxes = found
    its = tuple(newest.get(name) for name in outline.names)
    if len(newest) != sum(one is not None for one in its) or len(sandboxes) > 1:
        return None
    for (identity, _, _), record in zip(outline.runs, its, strict=True):
        if _is_listed(identity, records) if record is None else not _is_plain(record, identity, outline, records):
            return None
    if not (newest or sandboxes):
        return UNLISTED
    shape = (records.show_ended(outline.uid), *map(_sandbox, sandboxes), *map(_shape, its))
    return Listed(shape, tuple(_hashes(its)), any(one is not None for one in its), within=records)


def listed_soon(
    who: tuple[str, str, str], names: Sequence[str], ids: Sequence[str | None], restarts: Sequence[int], records: Records
) -> Listed | None:
    """The same of a pod whose records stand packed, where each of its statuses has one; None of others, of which listed tells.

    who: its UID, namespace and name; names, ids, restarts: of its statuses.
    """
    uid, namespace, name = who
    raw = records.raw(uid)
    if raw is None or raw[1].name != name or raw[1].namespace != (namespace or _DEFAULT) or len(raw[1].sandboxes) > 1:
        return None
    within, pod = raw
    its = containers_named(pod, names, ids)
    if its is None or True in [one.unreadable for one in its]:
        return None
    sandboxes = [_sandbox_shape(one.ready, one.network, source_of_number(one.source)) for one in pod.sandboxes]
    runtime = within.runtime
    states = [(STATES[one.state], one.hash is not None, one.without is not None, runtime) for one in its]
    hashes = tuple([(place, one.hash) for place, one in enumerate(its) if one.hash is not None])
    as_told = [one.attempt for one in its] == [*restarts]
    return Listed(
        (records.source_shows_ended(within.origin.source), *sandboxes, *states), hashes, containers=True, as_told=as_told, within=records
    )


def containers_named(pod: PackedPod, names: Sequence[str], ids: Sequence[str | None]) -> Sequence[PackedContainer] | None:
    """The containers of statuses, in their order, where that is soon told: each has one, by name and ID, and there is no other."""
    by_name = {one.name: one for one in pod.containers}
    if not len(names) == len(ids) == len(by_name) == len(pod.containers) or not names:
        return None
    its = [by_name[name] for name in names if name in by_name]
    told = len(its) == len(ids) and all([is_id(one.id, identity) for one, identity in zip(its, ids, strict=True)])  # noqa: C419 - sooner
    return its if told else None


def listed_of(records: Records, uid: str, names: Iterable[str]) -> tuple[ContainerRecord | None, ...]:
    """The records of a pod of which it was found to be plain what lists show, by the names of its statuses."""
    newest, _ = records.under(uid) or ({}, ())
    return tuple([newest.get(name) for name in names])


def made_of(records: Records, uid: str, names: Iterable[str]) -> Sequence[int] | None:
    """When the containers were made of a pod of which it was soon told what lists show, by the names of its statuses;
    None where its records do not stand packed.
    """
    raw = records.raw(uid)
    if raw is None:
        return None
    by_name = {one.name: one.created_at for one in raw[1].containers}
    return [by_name[name] for name in names]


def _is_listed(identity: str | None, records: Records) -> bool:
    return identity is not None and records.by_id(identity) is not None


def _is_plain(record: ContainerRecord, identity: str | None, outline: Outline, records: Records) -> bool:
    """Whether a record is of the container that a status names, and says so in each of its members."""
    own = record.container_id == identity and (record.pod_name, record.pod_namespace) == (outline.name, outline.namespace or _DEFAULT)
    if not own or record.natural is not None or record.kept is not None or records.disputes(record):
        return False
    return isinstance(record.hash, Recorded) or record.hash.found is None


def _shape(record: ContainerRecord | None) -> Shape | None:
    if record is None:
        return None
    return record.state, isinstance(record.hash, Recorded), isinstance(record.hash_without_resources, Recorded), record.runtime


def _sandbox(one: SandboxRecord) -> Shape:
    return _sandbox_shape(one.ready, one.network, one.source)


def _sandbox_shape(ready: bool, network: SandboxNetwork | None, source: PodSource | None) -> Shape:
    told = None if network is None else (network.mode, network.address if network.address is None else bool(network.address))
    return ready, told, source


def _hashes(records: Sequence[ContainerRecord | None]) -> Iterator[tuple[int, int]]:
    for place, record in enumerate(records):
        if record is not None and isinstance(record.hash, Recorded):
            yield place, record.hash.hash.number
