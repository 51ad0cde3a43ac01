"""State files by their names, and in listings of the kubelet's directory.

A file may be called after its node as well (``worker-1-cpu_manager_state``, ``cpu_manager_state.worker-1``). A listing is what ``ls -l`` or
``ls -lR`` prints, with sizes, or ``ls`` and ``find`` without; lines of other files are passed over. Under any other name a file is known by
what only it holds; of allocated resources two files hold alike, so that these go by their names alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from upgradecheck.model.patterns import pattern
from upgradecheck.model.statefiles import StateFile, StateName

_NAMED = pattern(rf"(?:.*[-._])?({'|'.join(one.value for one in StateName)})(?:[-._].*)?", re.DOTALL)
_SIZED = pattern(r"[-?][-rwxsStT.+@]{9,}\s+[0-9]+\s+\S+\s+\S+\s+(?P<size>[0-9]+)\s.*?(?P<path>\S+)")
_FOUND = pattern(r"\s*(?:[0-9]+\s+[0-9]+\s+)?(?P<path>[^\s:]+)")
_ALWAYS = "cpu_manager_state|memory_manager_state|device-plugins|pod-resources|plugins_registry|pods"
_OF_KUBELET = pattern(rf"(?:^|[\s/])(?:{_ALWAYS})/?\s*$", re.MULTILINE)


def state_name(file: str) -> StateName | None:
    """The state file that a file of this name is, perhaps called after its node; None of another one."""
    found = _NAMED.fullmatch(file)
    return None if found is None else StateName(found[1])


class _Members(msgspec.Struct, gc=False, rename="camel"):
    """What tells a state file by its content; Go finds members in any case, and its kubelets write these."""

    policy_name: Raw = Raw()
    default_cpu_set: Raw = Raw()
    machine_state: Raw = Raw()
    data: Raw = msgspec.field(default=Raw(), name="Data")
    checksum: Raw = msgspec.field(default=Raw(), name="Checksum")


_MEMBERS = msgspec.json.Decoder(_Members)
_CLAIMS = b"ClaimInfoStateList"


def state_in(raw: bytes) -> StateName | None:
    """The state file that an object is the content of; None of another object."""
    try:
        found = _MEMBERS.decode(raw)
    except msgspec.MsgspecError:
        return None
    if found.policy_name:
        return StateName.CPUS if found.default_cpu_set else StateName.MEMORY if found.machine_state else None
    if found.data and found.checksum:
        data = bytes(found.data)
        return StateName.DEVICES if data[:1] == b"{" and b'"PodDeviceEntries"' in data else StateName.CLAIMS if _CLAIMS in data else None
    return None


def is_listing(text: str) -> bool:
    """Whether a text lists the kubelet's directory: something that it always holds is in it."""
    return _OF_KUBELET.search(text) is not None


def listed_files(text: str, place: str) -> Iterator[StateFile]:
    """Every state file, as a listing of the kubelet's directory shows it; one that it does not show is not there."""
    sizes: dict[StateName, int | None] = {}
    for line in text.splitlines():
        found = _SIZED.fullmatch(line.rstrip()) or _FOUND.fullmatch(line.rstrip())
        name = _exact(found["path"].rpartition("/")[2]) if found is not None else None
        if found is not None and name is not None:
            sizes.setdefault(name, int(found["size"]) if "size" in found.groupdict() else None)
    below = _shows_below(text)
    for name in StateName:
        if name in sizes:
            yield StateFile(name, f"{name.value} in {place}", size=sizes[name])
        elif name is not StateName.DEVICES or below:
            yield StateFile(name, f"{name.value} in {place}", absent=True)


def _exact(file: str) -> StateName | None:
    return next((one for one in StateName if one.value == file), None)


def _shows_below(text: str) -> bool:
    """Whether a listing goes on below, where the file of devices lies."""
    return "device-plugins:" in text or "device-plugins/" in text
