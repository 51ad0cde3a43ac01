"""A record that a runtime keeps of a container, whichever runtime that is: the journal names its type. Pure."""

from __future__ import annotations

from upgradecheck.decode.runtime import containerd_record, docker_record
from upgradecheck.decode.runtime.containerd_record import Stamps
from upgradecheck.model.override import Override
from upgradecheck.model.override_journal import MetadataRecord


def restamped(record: MetadataRecord, container_id: str, override: Override) -> MetadataRecord:
    """The record with the hashes that the override wants; an equal one if it carries them already.

    Raises:
        SpecRefused: it is no such record, of another container, or carries another hash than the override knows.
    """
    if record.type_url == docker_record.LABELS:
        return MetadataRecord(record.type_url, docker_record.restamped_labels(record.value, override))
    return MetadataRecord(record.type_url, containerd_record.restamped(record.value, container_id, override))


def stamps(record: MetadataRecord) -> Stamps:
    """The hashes in a record.

    Raises:
        SpecRefused: it is no such record.
    """
    if record.type_url == docker_record.LABELS:
        return docker_record.stamps_of_labels(record.value)
    return containerd_record.stamps(record.value)
