"""Each form of a state file: what it says, and whether its checksum is that of its content, as the kubelet that reads it sums.

Mirrors UnmarshalCheckpoint and VerifyChecksum of each type in pkg/kubelet/cm/*/state/checkpoint.go, pkg/kubelet/status/state and
pkg/kubelet/allocation/state; DeepHashObject (FNV-1a of what spew prints) and, of claims from 1.31 on, CRC-32 of the text itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from upgradecheck.decisions.statefiles.reading import json_of, struct_of
from upgradecheck.decisions.statefiles.shapes import (
    CPUS_V1,
    CPUS_V2,
    CPUS_V2_RENAMED,
    CPUS_V3,
    DEVICES_V1,
    DEVICES_V2,
    MEMORY_V1,
    MEMORY_V2,
    STATUSES,
    TYPES,
)
from upgradecheck.hashing.fnv import hash_text
from upgradecheck.hashing.spew import Spew
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.statefiles import Said, StateFormat

_SPEW = Spew(TYPES)
WRONG_SUM = "its checksum is not that of its content, so it was changed or written in part"


def read_form(form: StateFormat, content: bytes) -> Said:
    """What a file says in a form.

    Raises:
        SpecRefused: it is not of that form, or its checksum is wrong.
    """
    return _FORMS[form](json_of(content))


def is_sealed(form: StateFormat, content: bytes) -> bool:
    """Whether a file is of a form that no older one is looked for behind: it has the content as text, or its checksum."""
    if form not in (StateFormat.CPUS_V4, StateFormat.MEMORY_V3):
        return False
    document = _members(json_of(content))
    return bool(document.get("data")) or bool(document.get("datachecksum"))


def sum_of(name: str, document: Any) -> int:
    """The checksum of a struct, as it is taken over a pointer to it."""
    return hash_text(_SPEW.value(f"*{name}", struct_of(name, document)))


def sum_of_text(text: str) -> int:
    """The checksum of a text."""
    return hash_text(b"(string)" + text.encode())


def _summed(name: str, document: Any, *, pointer: bool = True, zero: bool = False, also: str = "") -> dict[str, Any]:
    """The fields of a struct whose checksum is right, under one of two names of its type. zero: a checksum of 0 is none, and right."""
    fields = struct_of(name, document)
    recorded = fields.pop("Checksum", 0)
    if zero and recorded == 0:
        return fields
    names = (name, also) if also else (name,)
    if recorded not in (hash_text(_SPEW.value(f"*{one}" if pointer else one, fields)) for one in names):
        raise SpecRefused(WRONG_SUM)
    return fields


def _cpus_plain(document: Any) -> Said:
    return _of_cpus(struct_of(CPUS_V1, document), by_pod=False)


def _cpus_v1(document: Any) -> Said:
    return _of_cpus(_summed(CPUS_V1, document, zero=True), by_pod=False)


def _cpus_v2(document: Any) -> Said:
    return _of_cpus(_summed(CPUS_V2, document, zero=True))


def _cpus_v2_either(document: Any) -> Said:
    return _of_cpus(_summed(CPUS_V2, document, zero=True, also=CPUS_V2_RENAMED))


def _cpus_v3(document: Any) -> Said:
    return _of_cpus(_summed(CPUS_V3, document))


def _cpus_v4(document: Any) -> Said:
    return _of_cpus(struct_of(CPUS_V3, json_of(_sealed(document, "data", "datachecksum"))))


def _of_cpus(fields: Mapping[str, Any], *, by_pod: bool = True) -> Said:
    entries: Mapping[bytes, Any] = fields.get("Entries") or {}
    cpus: dict[tuple[str, ...], str] = {}
    for owner, given in entries.items():
        for name, one in (given or {}).items() if by_pod else ((None, given),):
            cpus[(owner.decode(),) if name is None else (owner.decode(), name.decode())] = one.decode()
    return Said(_text(fields, "PolicyName"), _text(fields, "DefaultCPUSet"), cpus)


def _memory_v1(document: Any) -> Said:
    return _of_memory(_summed(MEMORY_V1, document))


def _memory_v1_unsummed(document: Any) -> Said:
    return _of_memory(_summed(MEMORY_V1, document, zero=True))


def _memory_v2(document: Any) -> Said:
    return _of_memory(_summed(MEMORY_V2, document))


def _memory_v3(document: Any) -> Said:
    return _of_memory(struct_of(MEMORY_V2, json_of(_sealed(document, "data", "datachecksum"))))


def _of_memory(fields: Mapping[str, Any]) -> Said:
    nodes: Mapping[int, Any] = fields.get("MachineState") or {}
    return Said(_text(fields, "PolicyName"), nodes=tuple(tuple((one or {}).get("Cells") or ()) for one in nodes.values()))


def _devices_plain(document: Any) -> Said:
    struct_of(DEVICES_V1, document)
    return Said()


def _devices_v1(document: Any) -> Said:
    return _of_devices(DEVICES_V1, document)


def _devices_v2(document: Any) -> Said:
    return _of_devices(DEVICES_V2, document)


def _of_devices(name: str, document: Any) -> Said:
    """The checksum stands beside the data, and is of the value, not of a pointer to it."""
    outer = _members(document)
    fields = struct_of(name, outer.get("data"))
    if _sum(outer, "checksum") != hash_text(_SPEW.value(name, fields)):
        raise SpecRefused(WRONG_SUM)
    return Said()


def _typed(document: Any) -> Said:
    """A form of a gate that was alpha: summed over types that are not known here."""
    outer = _members(document)
    if "data" in outer:
        raise SpecRefused("it is of a later form")
    return Said(unopened="its checksum is not looked at")


def _resources_typed(document: Any) -> Said:
    """Amounts are summed as they are read, which is another sum than of what was read where they were written otherwise (k/k 117589)."""
    if "data" in _members(document):
        raise SpecRefused("it is of a later form")
    _summed(STATUSES, document)
    return Said()


def _claims_crc(document: Any) -> Said:
    outer = _members(document)
    text = outer.get("data")
    if not isinstance(text, str) or zlib.crc32(text.encode()) != _sum(outer, "checksum"):
        raise SpecRefused(WRONG_SUM)
    _object(json_of(text.encode()))
    return Said()


def _resources_sealed(document: Any) -> Said:
    _object(json_of(_sealed(document, "data", "checksum")))
    return Said()


def _resources_v2(document: Any) -> Said:
    """Mirrors GetPodList in pkg/kubelet/allocation/state/checkpoint_v2.go. differs: the pods in it are not decoded."""
    content = json_of(_sealed(document, "data", "checksum"))
    _object(content)
    version = _members(document).get("version", "")
    if version not in ("", "v2"):
        raise SpecRefused("it is of a version that this kubelet does not know")
    if version and not _is_base64(_members(content).get("podlist")):
        raise SpecRefused("it holds no list of pods")
    return Said()


def _is_base64(text: Any) -> bool:
    import base64

    try:
        return text is None or (isinstance(text, str) and bool(base64.b64decode(text, validate=True)))
    except ValueError:
        return False


def _sealed(document: Any, text: str, checksum: str) -> bytes:
    outer = _members(document)
    data = outer.get(text)
    if not isinstance(data, str) or sum_of_text(data) != _sum(outer, checksum):
        raise SpecRefused(WRONG_SUM)
    return data.encode()


def _object(document: Any) -> None:
    if document is not None and not isinstance(document, dict):
        raise SpecRefused("it holds a text that is no object of JSON")


def _members(document: Any) -> dict[str, Any]:
    _object(document)
    return {key.casefold(): value for key, value in (document or {}).items()}


def _sum(outer: Mapping[str, Any], name: str) -> int:
    value = outer.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecRefused("it has something else where a checksum was wanted")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    text: bytes = fields.get(name, b"")
    return text.decode()


_FORMS: Mapping[StateFormat, Callable[[Any], Said]] = {
    StateFormat.CPUS_PLAIN: _cpus_plain,
    StateFormat.CPUS_V1: _cpus_v1,
    StateFormat.CPUS_V1_MIGRATED: _cpus_v1,
    StateFormat.CPUS_V2: _cpus_v2,
    StateFormat.CPUS_V2_EITHER: _cpus_v2_either,
    StateFormat.CPUS_V3: _cpus_v3,
    StateFormat.CPUS_V4: _cpus_v4,
    StateFormat.MEMORY_V1: _memory_v1,
    StateFormat.MEMORY_V1_UNSUMMED: _memory_v1_unsummed,
    StateFormat.MEMORY_V2: _memory_v2,
    StateFormat.MEMORY_V3: _memory_v3,
    StateFormat.DEVICES_PLAIN: _devices_plain,
    StateFormat.DEVICES_V1: _devices_v1,
    StateFormat.DEVICES_V2: _devices_v2,
    StateFormat.CLAIMS_TYPED: _typed,
    StateFormat.CLAIMS_CRC: _claims_crc,
    StateFormat.RESOURCES_TYPED: _resources_typed,
    StateFormat.RESOURCES_SEALED: _resources_sealed,
    StateFormat.RESOURCES_V2: _resources_v2,
}
