"""Random pods and nodes that meet and miss each other often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]
KEYS = ("pool", "zone", "example.com/rank", "kubernetes.io/os")
VALUES = ("blue", "red", "7", "12", "-3", "linux", "windows", "")
CPUS = ("0", "100m", "0.1", "500m", "0.0005", "1", "1500m", "2", "3")
BYTES = ("0", "1", "0.5", "128Mi", "1Gi", "1500M", "1e9", "3Gi")
COUNTS = ("0", "1", "2")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Near")
EFFECTS = ("NoExecute", "NoSchedule", "")
UNITS = {"cpu": CPUS, "memory": BYTES, "ephemeral-storage": BYTES, "hugepages-2Mi": ("0", "2Mi", "4Mi"), "example.com/gpu": COUNTS}


@st.composite
def some(draw: st.DrawFn, units: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """A few resources with an amount each."""
    names = draw(st.lists(st.sampled_from(sorted(units)), max_size=3, unique=True))
    return {name: draw(st.sampled_from(units[name])) for name in names}


@st.composite
def container(draw: st.DrawFn, name: str) -> Document:
    drawn: Document = {"name": name, "image": "i", "resources": {}}
    for kind in ("requests", "limits"):
        if draw(st.booleans()):
            drawn["resources"][kind] = draw(some({**UNITS, "example.com/nic": COUNTS}))
    if draw(st.integers(0, 3)) == 0:
        port = draw(st.sampled_from((0, 80, 81)))
        address, protocol = draw(st.sampled_from(("", "0.0.0.0", "10.0.0.1"))), draw(st.sampled_from(("", "TCP", "UDP")))
        drawn["ports"] = [{"containerPort": 80, "hostPort": port, "hostIP": address, "protocol": protocol}]
    return drawn


@st.composite
def requirement(draw: st.DrawFn, keys: tuple[str, ...]) -> Document:
    values = draw(st.lists(st.sampled_from((*VALUES, "no value!", "worker-1")), max_size=2))
    return {"key": draw(st.sampled_from(keys)), "operator": draw(st.sampled_from(OPERATORS)), "values": values}


@st.composite
def term(draw: st.DrawFn) -> Document:
    drawn: Document = {}
    if draw(st.booleans()):
        drawn["matchExpressions"] = draw(st.lists(requirement((*KEYS, "bad key")), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        drawn["matchFields"] = draw(st.lists(requirement(("metadata.name", "metadata.other")), max_size=2))
    return drawn


@st.composite
def toleration(draw: st.DrawFn) -> Document:
    operator, effect = draw(st.sampled_from(("", "Equal", "Exists", "Gt"))), draw(st.sampled_from(EFFECTS))
    return {"key": draw(st.sampled_from(("", *KEYS))), "operator": operator, "value": draw(st.sampled_from(VALUES)), "effect": effect}


@st.composite
def pod(draw: st.DrawFn, number: int) -> Document:
    """A pod of an API server, as created in second number."""
    inits = [draw(container(f"init-{index}")) for index in range(draw(st.integers(0, 2)))]
    for one in inits:
        if draw(st.integers(0, 2)) == 0:
            one["restartPolicy"] = "Always"
    spec: Document = {"containers": [draw(container(f"app-{index}")) for index in range(draw(st.integers(1, 2)))], "initContainers": inits}
    spec["nodeName"] = draw(st.sampled_from(("worker-1",) * 9 + ("", "other")))
    if draw(st.integers(0, 9)) == 0:
        spec["nodeSelector"] = {draw(st.sampled_from(KEYS)): draw(st.sampled_from(("blue", "7", "linux")))}
    if draw(st.integers(0, 4)) == 0:
        terms = draw(st.lists(term(), max_size=2))
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    spec["tolerations"] = draw(st.lists(toleration(), max_size=2))
    if draw(st.integers(0, 9)) == 0:
        spec["os"] = {"name": draw(st.sampled_from(("linux", "windows")))}
    if draw(st.integers(0, 3)) == 0:
        spec["overhead"] = draw(some({"cpu": CPUS, "memory": BYTES}))
    if draw(st.integers(0, 3)) == 0:
        spec["resources"] = {"requests": draw(some({"cpu": CPUS, "memory": BYTES, "hugepages-2Mi": ("2Mi",)}))}
    labels = {"kubernetes.io/os": draw(st.sampled_from(("linux", "windows")))} if draw(st.integers(0, 9)) == 0 else {}
    metadata = {"name": f"p{number}", "namespace": "default", "uid": f"u{number}", "labels": labels}
    return {"metadata": {**metadata, "creationTimestamp": f"2026-03-01T10:00:{number:02d}Z"}, "spec": spec, "status": {"phase": "Running"}}


@st.composite
def node(draw: st.DrawFn) -> Document:
    """A Linux node that shows all core resources, labels of its own, and a few taints."""
    room = {name: draw(st.sampled_from(units)) for name, units in UNITS.items() if name != "example.com/gpu" or draw(st.booleans())}
    room |= {"cpu": draw(st.sampled_from(("1", "2", "4"))), "memory": draw(st.sampled_from(("1Gi", "4Gi", "9Gi")))}
    room["ephemeral-storage"] = draw(st.sampled_from(("0", "3Gi", "9Gi", "9Gi")))
    labels = {key: draw(st.sampled_from(VALUES)) for key in KEYS[:3] if draw(st.booleans())}
    taints = [
        {"key": draw(st.sampled_from(KEYS)), "value": draw(st.sampled_from(VALUES)), "effect": draw(st.sampled_from(EFFECTS[:2]))}
        for _ in range(draw(st.sampled_from((0, 0, 0, 0, 0, 1, 2))))
    ]
    status = {"allocatable": {**room, "pods": draw(st.sampled_from(("1", "3", "10")))}, "nodeInfo": {"operatingSystem": "linux"}}
    return {
        "metadata": {"name": "worker-1", "labels": {"kubernetes.io/os": "linux", **labels}},
        "spec": {"taints": taints},
        "status": status,
    }
