"""State files with the checksums that a kubelet writes; goldens of upstream's own code prove the sums (tests/goldens/state-files.json)."""

import json
import zlib
from typing import Any

from upgradecheck.decisions.statefiles import shapes
from upgradecheck.decisions.statefiles.reading import struct_of
from upgradecheck.hashing.fnv import hash_text
from upgradecheck.hashing.spew import Spew

_SPEW = Spew(shapes.TYPES)


def _summed(kind: str, fields: dict[str, Any]) -> bytes:
    return json.dumps(fields | {"checksum": hash_text(_SPEW.value(f"*{kind}", struct_of(kind, fields)))}).encode()


def cpus(policy: str = "static", default: str = "0-5", entries: object = None, *, v1: bool = False) -> bytes:
    """A cpu_manager_state of 1.18 to 1.36, or of 1.12 to 1.17."""
    held = {} if entries is None else {"entries": entries}
    return _summed(shapes.CPUS_V1 if v1 else shapes.CPUS_V2, {"policyName": policy, "defaultCpuSet": default, **held})


def cpus_v4(policy: str = "static", default: str = "0-5", **more: object) -> bytes:
    """A cpu_manager_state of 1.37."""
    text = json.dumps({"policyName": policy, "defaultCpuSet": default, **more})
    before: dict[str, Any] = json.loads(cpus(policy, default))
    return json.dumps(before | {"data": text, "dataChecksum": text_sum(text)}).encode()


def memory(policy: str = "Static", cells: list[int] | None = None) -> bytes:
    """A memory_manager_state of 1.21 to 1.36."""
    nodes = {} if cells is None else {"0": {"numberOfAssignments": 0, "memoryMap": {}, "cells": cells}}
    return _summed(shapes.MEMORY_V1, {"policyName": policy, "machineState": nodes})


def devices(ids: object) -> bytes:
    """A kubelet_internal_checkpoint: of 1.11 to 1.19 with a list of IDs, later with lists by NUMA node."""
    kind = shapes.DEVICES_V1 if isinstance(ids, list) else shapes.DEVICES_V2
    entry = {"PodUID": "pod-a", "ContainerName": "app", "ResourceName": "example.com/gpu", "DeviceIDs": ids, "AllocResp": ""}
    data = {"PodDeviceEntries": [entry], "RegisteredDevices": {"example.com/gpu": ["0"]}}
    return json.dumps({"Data": data, "Checksum": hash_text(_SPEW.value(kind, struct_of(kind, data)))}).encode()


def claims(text: str = '{"ClaimInfoStateList":null}') -> bytes:
    """A dra_manager_state of 1.31 and later."""
    return json.dumps({"Data": text, "Checksum": zlib.crc32(text.encode())}).encode()


def resources(text: str = '{"entries":{}}') -> bytes:
    """An allocated_pods_state of 1.33 and later, or a pod_status_manager_state of 1.32."""
    return json.dumps({"data": text, "checksum": text_sum(text)}).encode()


def statuses(amounts: dict[str, Any], held: dict[str, Any] | None = None) -> bytes:
    """A pod_status_manager_state of 1.27 to 1.31. held: the amounts as who wrote them had them, where they were read otherwise; None is a
    zero amount."""
    fields, summed = ({"allocationEntries": {"pod-a": {"app": one}}} for one in (amounts, amounts if held is None else held))
    return json.dumps(fields | {"checksum": hash_text(_SPEW.value(f"*{shapes.STATUSES}", struct_of(shapes.STATUSES, summed)))}).encode()


def text_sum(text: str) -> int:
    """The checksum of a text."""
    return hash_text(b"(string)" + text.encode())
