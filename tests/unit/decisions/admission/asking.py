"""What the tests of admission ask: pods and nodes as documents, a version, and what becomes of the pods by name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from tests.builders import CATALOG, NODE, raw, read
from upgradecheck.decisions.admission import Admitted, Outcome, PodRequest, Refused, admission_request, admit
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import Taken

Document = dict[str, Any]
LABELS = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "pool": "blue", "rank": "7"}
ROOM = {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "10Gi", "pods": "10", "hugepages-2Mi": "0", "example.com/gpu": "1"}


def build(version: str, **gates: bool) -> KubeletBuild:
    (found,) = CATALOG.builds(parse_kubelet_version(version))
    return replace(found, feature_gates=gates)


def node(**status: Any) -> Document:
    """A ready Linux node with room for two cpus and ten pods."""
    shown = {"allocatable": ROOM, "nodeInfo": {"operatingSystem": "linux"}, **status}
    return {"metadata": {"name": NODE, "labels": LABELS}, "spec": {}, "status": shown}


def tainted(*taints: Document) -> Document:
    return {**node(), "spec": {"taints": list(taints)}}


def labelled(**labels: str) -> Document:
    return {**node(), "metadata": {"name": NODE, "labels": labels}}


def pod(name: str = "web", *, second: int = 0, phase: str = "Running", **spec: Any) -> Document:
    """A running pod with one container that asks for nothing, created in this second of a minute."""
    base = {"nodeName": NODE, "containers": [{"name": "app", "image": "i"}]}
    state: Document = {"terminated": {}} if phase in ("Failed", "Succeeded") else {"waiting": {}} if phase == "Pending" else {"running": {}}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": f"2026-03-01T10:00:{second:02d}Z"},
        "spec": {**base, **spec},
        "status": {"phase": phase, "containerStatuses": [{"name": "app", "state": state}]},
    }


def asks(requests: Mapping[str, Any], *, name: str = "app", **fields: Any) -> Document:
    """A container that requests this."""
    return {"name": name, "image": "i", "resources": {"requests": dict(requests)}, **fields}


def with_metadata(document: Document, **fields: Any) -> Document:
    changed = copy.deepcopy(document)
    changed["metadata"].update(fields)
    return changed


def request(document: Document, kubelet: KubeletBuild, *, static: bool = False) -> PodRequest:
    value = read(document).under(kubelet, Taken.AS_WRITTEN).value
    return admission_request(value, kubelet, uid=document["metadata"]["name"], from_api=not static)


def outcomes(
    kubelet: KubeletBuild | str, *pods: Document, on: Document | None = None, static: tuple[Document, ...] = (), running: str | None = None
) -> Mapping[str, Outcome]:
    """The outcome of each pod by its name."""
    target = build(kubelet) if isinstance(kubelet, str) else kubelet
    requests = [*(request(one, target) for one in pods), *(request(one, target, static=True) for one in static)]
    facts = node_facts(raw(on or node()), Origin("nodes.json"))
    return admit(requests, facts, target, running=build(running) if running else None)


def told(outcome: Outcome) -> str:
    """``admitted``, ``OutOfcpu`` or ``OutOfcpu?`` (possible)."""
    if isinstance(outcome, Admitted):
        return "admitted"
    return outcome.ground.reason + ("" if isinstance(outcome, Refused) else "?")


def tell(
    kubelet: KubeletBuild | str, *pods: Document, on: Document | None = None, static: tuple[Document, ...] = (), running: str | None = None
) -> dict[str, str]:
    return {name: told(outcome) for name, outcome in outcomes(kubelet, *pods, on=on, static=static, running=running).items()}
