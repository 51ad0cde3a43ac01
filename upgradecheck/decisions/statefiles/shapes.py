"""The Go types of state files, as far as a checksum hangs on them: it is taken over what spew prints of a value, type names included.

Mirrors pkg/kubelet/cm/{cpumanager,memorymanager}/state, pkg/kubelet/cm/devicemanager/checkpoint and, of 1.27 to 1.31,
pkg/kubelet/status/state. A type that was renamed is here once,
by the name that its checksum has: later kubelets put the old name back before they sum. Whole pods have entries (``podEntries``) under the
gate PodLevelResourceManagers.
"""

from __future__ import annotations

from collections.abc import Mapping

from upgradecheck.model.schema import Field, TypeDef

SUM = "checksum.Checksum"
CPUS_V1, CPUS_V2, CPUS_V2_RENAMED, CPUS_V3 = "cpus.V1", "cpus.V2", "cpus.V2Renamed", "cpus.V3"
MEMORY_V1, MEMORY_V2 = "memory.V1", "memory.V2"
DEVICES_V1, DEVICES_V2 = "devices.V1", "devices.V2"
STATUSES, AMOUNT = "statuses", "resource.Quantity"
POD_ENTRIES = "PodEntries"
POD_CPUS, POD_CPUS_TEXT = "cpus.PodEntry", "cpus.PodEntryText"
"""An entry of a whole pod, which is a text in the file and a set to who sums it."""


def _struct(go: str, *fields: tuple[str, str, str]) -> TypeDef:
    return TypeDef(go, "struct", tuple(Field(name, type_, json) for name, json, type_ in fields))


def _cpus(go: str, entries: str, *more: tuple[str, str, str]) -> TypeDef:
    head = ("PolicyName", "policyName", "string"), ("DefaultCPUSet", "defaultCpuSet", "string")
    return _struct(go, *head, ("Entries", "entries", entries), *more, ("Checksum", "checksum", SUM))


def _memory(*more: tuple[str, str, str]) -> TypeDef:
    head = (
        ("PolicyName", "policyName", "string"),
        ("MachineState", "machineState", "memory.Nodes"),
        ("Entries", "entries", "memory.Entries"),
    )
    return _struct("state.MemoryManagerCheckpoint", *head, *more, ("Checksum", "checksum", SUM))


def _devices(entry: str) -> TypeDef:
    held = ("PodDeviceEntries", "PodDeviceEntries", f"[]{entry}")
    return _struct("checkpoint.checkpointData", held, ("RegisteredDevices", "RegisteredDevices", "map[string][]string"))


def _device_entry(ids: str) -> TypeDef:
    names = tuple((name, name, "string") for name in ("PodUID", "ContainerName", "ResourceName"))
    return _struct("checkpoint.PodDevicesEntry", *names, ("DeviceIDs", "DeviceIDs", ids), ("AllocResp", "AllocResp", "[]uint8"))


_BY_POD = "map[string]map[string]string"
_AMOUNTS = (
    ("TotalMemSize", "total"),
    ("SystemReserved", "systemReserved"),
    ("Allocatable", "allocatable"),
    ("Reserved", "reserved"),
    ("Free", "free"),
)

TYPES: Mapping[str, TypeDef] = {
    SUM: TypeDef(SUM, "uint64"),
    CPUS_V1: _cpus("state.CPUManagerCheckpoint", "map[string]string"),
    CPUS_V2: _cpus("state.CPUManagerCheckpoint", _BY_POD),
    CPUS_V2_RENAMED: _cpus("state.CPUManagerCheckpointV2", _BY_POD),
    CPUS_V3: _cpus("state.CPUManagerCheckpoint", _BY_POD, (POD_ENTRIES, "podEntries", "cpus.PodEntries")),
    "cpus.PodEntries": TypeDef("state.PodCPUAssignments", "map", elem=f"map[string]{POD_CPUS}"),
    POD_CPUS: _struct("state.PodEntry", ("CPUSet", "cpuSet", "cpus.Set")),
    POD_CPUS_TEXT: _struct("state.podEntryJSON", ("CPUSet", "cpuSet", "string")),
    "cpus.Set": _struct("cpuset.CPUSet", ("elems", "", "map[int]cpus.Unit")),
    "cpus.Unit": _struct("struct {}"),
    MEMORY_V1: _memory(),
    MEMORY_V2: _memory((POD_ENTRIES, "podEntries", "memory.PodEntries")),
    "memory.PodEntries": TypeDef("state.PodMemoryAssignments", "map", elem="map[string]memory.PodEntry"),
    "memory.PodEntry": _struct("state.PodEntry", ("MemoryBlocks", "memoryBlocks", "[]memory.Block")),
    "memory.Nodes": TypeDef("state.NUMANodeMap", "map", elem="map[int]*memory.Node"),
    "memory.Node": _struct(
        "state.NUMANodeState",
        ("NumberOfAssignments", "numberOfAssignments", "int"),
        ("MemoryMap", "memoryMap", "map[v1.ResourceName]*memory.Table"),
        ("Cells", "cells", "[]int"),
    ),
    "memory.Table": _struct("state.MemoryTable", *((go, json, "uint64") for go, json in _AMOUNTS)),
    "memory.Entries": TypeDef("state.ContainerMemoryAssignments", "map", elem="map[string]map[string][]memory.Block"),
    "memory.Block": _struct(
        "state.Block", ("NUMAAffinity", "numaAffinity", "[]int"), ("Type", "type", "v1.ResourceName"), ("Size", "size", "uint64")
    ),
    "v1.ResourceName": TypeDef("v1.ResourceName", "string"),
    DEVICES_V1: _devices("devices.EntryV1"),
    DEVICES_V2: _devices("devices.EntryV2"),
    "devices.EntryV1": _device_entry("[]string"),
    "devices.EntryV2": _device_entry("devices.PerNUMA"),
    STATUSES: _struct(
        "state.PodResourceAllocationCheckpoint",
        ("AllocationEntries", "allocationEntries", "map[string]map[string]statuses.Amounts"),
        ("ResizeStatusEntries", "resizeStatusEntries", "map[string]v1.PodResizeStatus"),
        ("Checksum", "checksum", SUM),
    ),
    "statuses.Amounts": TypeDef("v1.ResourceList", "map", elem=f"map[v1.ResourceName]{AMOUNT}"),
    "v1.PodResizeStatus": TypeDef("v1.PodResizeStatus", "string"),
    AMOUNT: _struct(AMOUNT, ("i", "", "amount.Int"), ("d", "", "amount.Wide"), ("s", "", "string"), ("Format", "", "resource.Format")),
    "amount.Int": _struct("resource.int64Amount", ("value", "", "int64"), ("scale", "", "resource.Scale")),
    "amount.Wide": _struct("resource.infDecAmount", ("Dec", "", "*inf.Dec")),
    "resource.Scale": TypeDef("resource.Scale", "int32"),
    "resource.Format": TypeDef("resource.Format", "string"),
    "inf.Dec": _struct("inf.Dec", ("unscaled", "", "big.Int"), ("scale", "", "inf.Scale")),
    "inf.Scale": TypeDef("inf.Scale", "int32"),
    "big.Int": _struct("big.Int", ("neg", "", "bool"), ("abs", "", "big.nat")),
    "big.nat": TypeDef("big.nat", "slice", elem="[]big.Word"),
    "big.Word": TypeDef("big.Word", "uint"),
    "devices.PerNUMA": TypeDef("checkpoint.DevicesPerNUMA", "map", elem="map[int64][]string"),
}
