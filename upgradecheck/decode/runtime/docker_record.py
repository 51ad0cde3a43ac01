"""What dockerd keeps of a kubelet's container: one label's value changed in ``config.v2.json``, every other byte as it was. Pure.

Dockershim keeps CRI's annotations as labels with the prefix ``annotation.`` (docker_labels), so the recorded hash is the label
``annotation.io.kubernetes.container.hash`` in ``Config.Labels`` of ``<data root>/containers/<ID>/config.v2.json``. dockerd reads that file
when it starts, and writes all of it anew whenever the container's state changes: but labels never change, and Go writes a map sorted. So
what an override remembers and compares is the labels, as the very bytes that stand in the file, and not the file.

Labels hold no environment, unlike the file; a value may hold quotes, which JSON escapes, so a member's bytes stand in no other text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from upgradecheck.decode.runtime.containerd_record import HASH, Stamps
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import hex_of
from upgradecheck.model.override import Override
from upgradecheck.model.override_journal import MetadataRecord

LABELS = "docker/config.v2.json/Config/Labels"
"""The type of such records in journals."""
_PREFIX = "annotation."
_STAMP = f"{_PREFIX}{HASH}"
_KIND = "io.kubernetes.docker.type"
_TEXTS = {"name": "io.kubernetes.container.name", "pod": "io.kubernetes.pod.name", "namespace": "io.kubernetes.pod.namespace"}


class _State(msgspec.Struct, gc=False):
    running: bool = msgspec.field(default=False, name="Running")
    pid: int = msgspec.field(default=0, name="Pid")
    started_at: str = msgspec.field(default="", name="StartedAt")


class _Config(msgspec.Struct, gc=False):
    labels: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="Labels")


class _File(msgspec.Struct, gc=False):
    identity: str = msgspec.field(name="ID")
    name: str = msgspec.field(name="Name")
    config: _Config = msgspec.field(name="Config")
    state: _State = msgspec.field(name="State")


class KeptContainer(msgspec.Struct, frozen=True, gc=False):
    """A kubelet's container as its file tells of it; pid is 0 where it did not run, started_at is in nanoseconds."""

    record: MetadataRecord
    pid: int
    started_at: int


def kept_container(raw: bytes, container_id: str) -> KeptContainer | None:
    """What a file tells, None if it is not of a kubelet's container.

    Raises:
        SpecRefused: it is no such file, or of another container.
    """
    file = _file(raw)
    labels = bytes(file.config.labels)
    told = _labels(labels) if labels not in (b"", b"null") else {}
    if told.get(_KIND) != "container":
        return None
    if file.identity != container_id:
        raise SpecRefused("its config.v2.json is of another container")
    begin = f"/k8s_{told.get(_TEXTS['name'])}_{told.get(_TEXTS['pod'])}_{told.get(_TEXTS['namespace'])}_"
    if not file.name.startswith(begin):
        return None  # a copy of a container of the kubelet's, which has its labels; the kubelet does not list it
    pid = file.state.pid if file.state.running else 0
    return KeptContainer(MetadataRecord(LABELS, labels), pid, nanoseconds(file.state.started_at, "State.StartedAt"))


def with_labels(raw: bytes, before: bytes, after: bytes) -> bytes:
    """The file with other labels, and nothing else changed.

    Raises:
        SpecRefused: its labels are others, or would not be the only thing that changes.
    """
    if bytes(_file(raw).config.labels) != before or raw.count(before) != 1:
        raise SpecRefused("the labels in its config.v2.json are not those that were read, or stand there twice")
    changed = raw.replace(before, after)
    old, new = _parsed(raw), _parsed(changed)
    found = new["Config"].pop("Labels")
    old["Config"].pop("Labels")
    if old != new or found != _labels(after) or bytes(_file(changed).config.labels) != after:
        raise SpecRefused("its config.v2.json would change in more than its labels")
    return changed


def restamped_labels(value: bytes, override: Override) -> bytes:
    """The labels with the hash that the override wants; the same bytes if they carry it already.

    Raises:
        SpecRefused: they are no labels, of another container, or carry another hash than the override knows.
    """
    labels = _labels(value)
    _check_identity(labels, override)
    if override.without_resources is not None:
        raise SpecRefused("the plan changes its hashWithoutResources, which no kubelet that speaks to docker itself has")
    found, before, after = labels.get(_STAMP), hex_of(override.hash.before), override.hash.after.hex
    if found not in (before, after) or found is None:
        carries = "is not there" if found is None else f"is {found[:16]!r}"
        raise SpecRefused(f"its label {_STAMP} {carries}, and the plan knows {before or 'none'} before and {after} after")
    old, new = _member(found), _member(after)
    if value.count(old) != 1:
        raise SpecRefused(f"its label {_STAMP} is not written as docker writes it")
    changed = value.replace(old, new)
    if _labels(changed) != {**labels, _STAMP: after}:
        raise SpecRefused("its labels would change in more than this one")
    return changed


def stamps_of_labels(value: bytes) -> Stamps:
    """The hash in labels.

    Raises:
        SpecRefused: they are no labels.
    """
    return served_stamps(_labels(value))


def served_stamps(labels: Mapping[str, str]) -> Stamps:
    """The hash in labels that dockerd tells."""
    return Stamps(labels.get(_STAMP), labels.get(f"{_PREFIX}io.kubernetes.container.hashWithoutResources"))


def _member(value: str) -> bytes:
    return f'"{_STAMP}":"{value}"'.encode()


def _check_identity(labels: Mapping[str, str], override: Override) -> None:
    wanted = {
        "container name": (labels.get(_TEXTS["name"]), override.container),
        "pod": (labels.get(_TEXTS["pod"]), override.pod),
        "namespace": (labels.get(_TEXTS["namespace"]), override.namespace),
        "pod UID": (labels.get("io.kubernetes.pod.uid"), override.uid),
    }
    for what, (found, told) in wanted.items():
        if found != told:
            raise SpecRefused(f"its labels are of another container than the plan's: the {what} differs")


def _file(raw: bytes) -> _File:
    try:
        _parsed(raw)
        return msgspec.json.decode(raw, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise SpecRefused("its config.v2.json is not as dockerd writes it") from None


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except SpecRefused:
        raise
    except (ValueError, RecursionError):
        raise SpecRefused("its config.v2.json is no JSON") from None
    if not isinstance(found, dict):
        raise SpecRefused("its config.v2.json is no JSON object")
    return found


def _labels(raw: bytes) -> dict[str, str]:
    found = _parsed(raw)
    if not all(isinstance(text, str) for text in found.values()):
        raise SpecRefused("its labels are no texts")
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SpecRefused("its config.v2.json has a key twice in one object")
    return found
