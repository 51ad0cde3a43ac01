"""State files as a kubelet writes them where it finds none, so that what a later one makes of them is known without a look at the node.

Mirrors storeState in pkg/kubelet/cm/cpumanager/state/state_checkpoint.go and in pkg/kubelet/cm/memorymanager/state/state_checkpoint.go,
GetOrCreate in pkg/kubelet/cm/dra/state/state_checkpoint.go, and restoreState in pkg/kubelet/status/state/state_checkpoint.go: each writes
its file when it starts, whatever the policy; allocations (1.33 on) are written with the first pod. Of the forms that a kubelet reads it
writes the newest. Devices are written when there are some, so that file is not among them. Real kubelets did so:
tests/lab/recorded-written.json.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from upgradecheck.decisions.statefiles.forms import sum_of, sum_of_text
from upgradecheck.decisions.statefiles.judging import Wanted, judge, rule_for
from upgradecheck.decisions.statefiles.shapes import CPUS_V1, CPUS_V2, CPUS_V3, MEMORY_V1, MEMORY_V2, STATUSES
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.statefiles import StateFile, StateFormat, StateName, StateRule, StateWeight

_ORDER = tuple(StateFormat)
_NO_CPUS = {"policyName": "none", "defaultCpuSet": ""}
_NO_MEMORY: Mapping[str, Any] = {"policyName": "None", "machineState": {}}
_MAY_REFUSE = {
    StateFormat.CLAIMS_TYPED: "claims in it are summed over Go types, so whether the new kubelet takes them is not known",
    StateFormat.RESOURCES_TYPED: "amounts in it that a kubelet held otherwise than it wrote them (none for 0, 1000m for 1) stop the "
    "next start, and it was not shown (kubernetes/kubernetes 117589)",
}
ALWAYS_WRITTEN = tuple(name for name in StateName if name is not StateName.DEVICES)


def refuses_new(name: StateName, writer: KubeletBuild, reader: KubeletBuild) -> bool:
    """Whether a kubelet stops at the file that another one has written when it started, be nothing in it."""
    wrote, reads = rule_for(name, writer), rule_for(name, reader)
    if wrote is None or reads is None:
        return False
    form = newest_form(wrote, writer)
    if form is newest_form(reads, reader):
        return False
    troubles = judge(StateFile(name, "", new_content(form)), reader, Wanted())
    return any(one.weight is StateWeight.STOPS for one in troubles)


def may_refuse_held(name: StateName, writer: KubeletBuild, reader: KubeletBuild) -> str:
    """Why a kubelet may stop at what another one has written, though it reads the form; empty where it does not."""
    wrote, reads = rule_for(name, writer), rule_for(name, reader)
    if wrote is None or reads is None or (form := newest_form(wrote, writer)) is not newest_form(reads, reader):
        return ""
    return _MAY_REFUSE.get(form, "")


def looks_for_containers(writer: KubeletBuild, reader: KubeletBuild) -> bool:
    """Whether the CPUs that one gives to containers are written by their IDs, which the other one looks for at the runtime."""
    wrote, reads = rule_for(StateName.CPUS, writer), rule_for(StateName.CPUS, reader)
    if wrote is None or reads is None:
        return False
    return newest_form(wrote, writer) in (StateFormat.CPUS_PLAIN, StateFormat.CPUS_V1) and StateFormat.CPUS_V1_MIGRATED in reads.formats


def new_content(form: StateFormat) -> bytes:
    """A file of a form that holds nothing."""
    return json.dumps(_MADE[form](), separators=(",", ":")).encode()


def newest_form(rule: StateRule, build: KubeletBuild) -> StateFormat:
    """The form that a kubelet writes."""
    under = (form for gate, forms in rule.under.items() if build.feature_gate(gate) for form in forms)
    return max((*rule.formats, *under), key=_ORDER.index)


def _summed(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "checksum": sum_of(kind, fields)}


def _twice(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What older kubelets read, and the same once more as text."""
    text = json.dumps(fields, separators=(",", ":"))
    return {**_summed(kind, fields), "data": text, "dataChecksum": sum_of_text(text)}


def _sealed(text: str) -> dict[str, Any]:
    return {"data": text, "checksum": sum_of_text(text)}


def _claims() -> dict[str, Any]:
    text = '{"kind":"DRACheckpoint","apiVersion":"checkpoint.dra.kubelet.k8s.io/v1","ClaimInfoStateList":null}'
    return {"Data": text, "Checksum": zlib.crc32(text.encode())}


_MADE: Mapping[StateFormat, Callable[[], Mapping[str, Any]]] = {
    StateFormat.CPUS_PLAIN: lambda: _NO_CPUS,
    StateFormat.CPUS_V1: lambda: _summed(CPUS_V1, _NO_CPUS),
    StateFormat.CPUS_V2: lambda: _summed(CPUS_V2, _NO_CPUS),
    StateFormat.CPUS_V2_EITHER: lambda: _summed(CPUS_V2, _NO_CPUS),
    StateFormat.CPUS_V3: lambda: _summed(CPUS_V3, _NO_CPUS),
    StateFormat.CPUS_V4: lambda: _twice(CPUS_V2, _NO_CPUS),
    StateFormat.MEMORY_V1: lambda: _summed(MEMORY_V1, _NO_MEMORY),
    StateFormat.MEMORY_V1_UNSUMMED: lambda: _summed(MEMORY_V1, _NO_MEMORY),
    StateFormat.MEMORY_V2: lambda: _summed(MEMORY_V2, _NO_MEMORY),
    StateFormat.MEMORY_V3: lambda: _twice(MEMORY_V1, _NO_MEMORY),
    StateFormat.CLAIMS_TYPED: lambda: {"version": "v1", "checksum": 1},
    StateFormat.CLAIMS_CRC: _claims,
    StateFormat.RESOURCES_TYPED: lambda: _summed(STATUSES, {}),
    StateFormat.RESOURCES_SEALED: lambda: _sealed("{}"),
    StateFormat.RESOURCES_V2: lambda: {"version": "v2", **_sealed("{}")},
}
"""The sum of claims up to 1.30, over Go types that are not known here, is 1: no other form takes such a file, whatever its sum."""
