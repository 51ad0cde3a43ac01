"""Pods that come to a node, a case for each thing that kubelets admit by: small differences from one pod that fits one node.

Beside drawn pods (drawing.py), which the real handler is asked about whenever there is Go: these are asked once per release, and what it
answers is a golden (goldens.py) that a minor without Go is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Case = tuple[Document, list[Document]]


def cases() -> dict[str, Case]:
    """Node and pods by what the case is about; the pods come in their order."""
    asked = (_room(), _sums(), _shares(), _owing(), _choosing(), _tolerating(), _ports(), _classes(), _stopping(), _features())
    return {name: case for some in asked for name, case in some}


def node(**changes: Any) -> Document:
    """A Linux node with room for a few pods. changes: labels, taints, allocatable, features."""
    room = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "20Gi", "pods": "3", "hugepages-2Mi": "4Mi", "example.com/gpu": "1"}
    labels = {"kubernetes.io/os": "linux", "pool": "blue", "rank": "7", **changes.get("labels", {})}
    status: Document = {"allocatable": {**room, **changes.get("allocatable", {})}, "nodeInfo": {"operatingSystem": "linux"}}
    if "features" in changes:
        status["features"] = changes["features"]
    return {"metadata": {"name": "worker-1", "labels": labels}, "spec": {"taints": changes.get("taints", [])}, "status": status}


def pod(number: int = 0, *, metadata: Document | None = None, status: Document | None = None, **spec: Any) -> Document:
    """A small pod of an API server, created in second number."""
    whole = {"nodeName": "worker-1", "containers": [container()], **spec}
    head = {"name": f"p{number}", "namespace": "default", "uid": f"u{number}", "creationTimestamp": f"2026-03-01T10:00:{number:02d}Z"}
    return {"metadata": {**head, **(metadata or {})}, "spec": whole, "status": {"phase": "Running", **(status or {})}}


def container(name: str = "app", *, limits: Document | None = None, more: Document | None = None, **requests: str) -> Document:
    """requests: cpu, memory and the like; what has no Python name comes in more."""
    resources: Document = {"requests": {"cpu": "100m", **requests, **(more or {})}}
    if limits is not None:
        resources["limits"] = limits
    return {"name": name, "image": "i", "resources": resources}


def _room() -> Iterator[tuple[str, Case]]:
    asks = {
        "all that is there": container(cpu="4", memory="8Gi"),
        "more cpu than there is": container(cpu="4100m"),
        "a thousandth more cpu": container(cpu="4001m"),
        "more memory than there is": container(memory="8193Mi"),
        "more ephemeral storage than there is": container(more={"ephemeral-storage": "21Gi"}),
        "two of one device": container(more={"example.com/gpu": "2"}),
        "a device that the node has not": container(more={"example.com/nic": "1"}),
        "none of a device that the node has not": container(more={"example.com/nic": "0"}),
        "more huge pages than there are": container(more={"hugepages-2Mi": "6Mi"}),
    }
    for name, one in asks.items():
        yield name, (node(), [pod(containers=[one])])
    yield (
        "a device that the node has not, of an init container",
        (
            node(),
            [pod(initContainers=[container("init", more={"example.com/nic": "1"})])],
        ),
    )
    yield "more pods than the node takes", (node(), [pod(number) for number in range(4)])
    full = pod(0, containers=[container(cpu="4")])
    yield (
        "one without requests beside one that takes all",
        (
            node(),
            [full, pod(1, containers=[{"name": "app", "image": "i", "resources": {}}])],
        ),
    )
    yield (
        "no cpu asked for where more is taken than there is",
        (
            node(allocatable={"example.com/gpu": "0"}),
            [pod(containers=[container(more={"example.com/gpu": "0"})])],
        ),
    )


def _sums() -> Iterator[tuple[str, Case]]:
    big, small = container("init", cpu="3900m"), container(cpu="200m")
    yield "an init container that fits alone", (node(), [pod(initContainers=[big], containers=[small])])
    yield "an init container that does not", (node(), [pod(initContainers=[container("init", cpu="5")])])
    yield (
        "the init container of a pod that is there",
        (node(), [pod(0, initContainers=[big], containers=[small]), pod(1, containers=[small])]),
    )
    sidecar = {**big, "restartPolicy": "Always"}
    yield "a sidecar beside what it leaves no room for", (node(), [pod(initContainers=[sidecar], containers=[small])])
    yield "a sidecar that fits", (node(), [pod(initContainers=[{**sidecar, "resources": {}}])])
    yield "a sidecar of a pod that is there", (node(), [pod(0, initContainers=[sidecar]), pod(1, containers=[small])])
    yield "overhead that leaves no room", (node(), [pod(overhead={"cpu": "3950m"})])
    yield "overhead of a pod that is there", (node(), [pod(0, overhead={"cpu": "3850m"}), pod(1)])
    yield "resources of the pod as a whole", (node(), [pod(resources={"requests": {"cpu": "1"}})])
    yield "resources of the pod as a whole that do not fit", (node(), [pod(resources={"requests": {"cpu": "5"}})])
    yield (
        "huge pages of the pod as a whole",
        (
            node(),
            [pod(resources={"requests": {"hugepages-2Mi": "6Mi"}, "limits": {"hugepages-2Mi": "6Mi"}})],
        ),
    )


def _shares() -> Iterator[tuple[str, Case]]:
    fractions = [pod(number, containers=[container(memory="0.5", cpu="0.0005")]) for number in range(3)]
    yield "fractions of bytes and of thousandths", (node(allocatable={"memory": "1", "cpu": "2m"}), fractions)
    half = [container(name, memory="0.5") for name in ("a", "b")]
    yield "fractions of bytes in two containers", (node(allocatable={"memory": "1"}), [pod(containers=half)])
    yield "large numbers", (node(allocatable={"memory": "9007199254740993"}), [pod(containers=[container(memory="9007199254740994")])])


def _owing() -> Iterator[tuple[str, Case]]:
    """Of what a node owes, more is taken than there is, before anybody asks for any."""
    cpu, device = node(allocatable={"cpu": "-1"}), node(allocatable={"example.com/gpu": "-1"})
    none = {"example.com/gpu": "0"}
    without_cpu = {"name": "app", "image": "i", "resources": {"requests": {"memory": "1Gi"}}}
    yield "no cpu of what is owed", (cpu, [pod(containers=[without_cpu])])
    yield "none of a device that is owed", (device, [pod(containers=[container(more=none)])])
    yield "none of a device that is owed, of an init container", (device, [pod(initContainers=[container("init", more=none)])])
    yield "nothing of what is owed", (cpu, [pod(containers=[{"name": "app", "image": "i"}])])


def _choosing() -> Iterator[tuple[str, Case]]:
    yield "another node", (node(), [pod(nodeName="worker-2")])
    yield "no node", (node(), [pod(nodeName="")])
    yield "a label that the node has", (node(), [pod(nodeSelector={"pool": "blue"})])
    yield "a label that it has not", (node(), [pod(nodeSelector={"pool": "red"})])
    for name, system in (("its system", "linux"), ("another system", "windows")):
        yield f"{name} by label", (node(), [pod(metadata={"labels": {"kubernetes.io/os": system}})])
        yield f"{name} in its spec", (node(), [pod(os={"name": system})])
    yield "another system, and more cpu than there is", (node(), [pod(os={"name": "windows"}, containers=[container(cpu="5")])])
    yield (
        "another system by label, and more cpu than there is",
        (
            node(),
            [pod(metadata={"labels": {"kubernetes.io/os": "windows"}}, containers=[container(cpu="5")])],
        ),
    )
    wanted = {"key": "rank", "operator": "Gt", "values": ["6"]}
    bad, empty = {"key": "rank", "operator": "Gt", "values": ["many"]}, {"key": "no key!", "operator": "Exists"}
    unmet = {"key": "pool", "operator": "In", "values": ["red"]}
    field = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["worker-1"]}]}
    terms: dict[str, list[Document]] = {
        "a number above": [{"matchExpressions": [wanted]}],
        "a number that is none": [{"matchExpressions": [bad]}],
        "a bad term before a good one": [{"matchExpressions": [empty]}, {"matchExpressions": [wanted]}],
        "a good term before a bad one": [{"matchExpressions": [wanted]}, {"matchExpressions": [empty]}],
        "a term that does not hold": [{"matchExpressions": [unmet]}],
        "one of two terms": [{"matchExpressions": [unmet]}, field],
        "no term at all": [],
        "an empty term": [{}],
    }
    for name, listed in terms.items():
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": listed}}
        yield f"affinity to {name}", (node(), [pod(affinity={"nodeAffinity": required})])


def _tolerating() -> Iterator[tuple[str, Case]]:
    taints = {effect: [{"key": "gone", "value": "7", "effect": effect}] for effect in ("NoExecute", "NoSchedule")}
    tolerations = {
        "nothing": [],
        "all": [{"operator": "Exists"}],
        "another value": [{"key": "gone", "value": "8"}],
        "the value": [{"key": "gone", "value": "7"}],
        "values above": [{"key": "gone", "operator": "Gt", "value": "6", "effect": "NoExecute"}],
        "another effect": [{"key": "gone", "value": "7", "effect": "PreferNoSchedule"}],
    }
    for effect, listed in taints.items():
        for name, tolerated in tolerations.items():
            yield f"{effect}, {name} tolerated", (node(taints=listed), [pod(tolerations=tolerated)])
    static = {"annotations": {"kubernetes.io/config.source": "file"}}
    yield "NoExecute, a static pod", (node(taints=taints["NoExecute"]), [pod(metadata=static)])


def _ports() -> Iterator[tuple[str, Case]]:
    def with_port(number: int, *, sidecar: bool = False, **port: Any) -> Document:
        one = {**container(), "ports": [{"containerPort": 80, "hostPort": 80, **port}]}
        return (
            pod(number, initContainers=[{**one, "name": "init", "restartPolicy": "Always"}]) if sidecar else pod(number, containers=[one])
        )

    yield "a port that is taken", (node(), [with_port(0), with_port(1)])
    yield "a port taken for another protocol", (node(), [with_port(0), with_port(1, protocol="UDP")])
    yield "a port taken at another address", (node(), [with_port(0, hostIP="10.0.0.1"), with_port(1, hostIP="10.0.0.2")])
    yield "a port taken at all addresses", (node(), [with_port(0, hostIP="10.0.0.1"), with_port(1, hostIP="0.0.0.0")])
    yield "a port taken by a sidecar", (node(), [with_port(0, sidecar=True), with_port(1)])
    yield "a sidecar's port that is taken", (node(), [with_port(0), with_port(1, sidecar=True)])


def _classes() -> Iterator[tuple[str, Case]]:
    def limited(name: str, requests: Document, limits: Document) -> Document:
        return {"name": name, "image": "i", "resources": {"requests": requests, "limits": limits}}

    one = {"cpu": "1", "memory": "1Gi"}
    two = {"cpu": "500m", "memory": "1Gi"}
    classes = {
        "limits that are the requests": pod(containers=[limited("a", one, one)]),
        "limits above the requests": pod(containers=[limited("a", two, one)]),
        "sums that are alike and containers that are not": pod(containers=[limited("a", one, two), limited("b", two, one)]),
        "huge pages alone": pod(containers=[limited("a", {"hugepages-2Mi": "2Mi"}, {"hugepages-2Mi": "2Mi"})]),
        "an init container without": pod(initContainers=[{"name": "i", "image": "i"}], containers=[limited("a", one, one)]),
        "an init container with requests alone": pod(initContainers=[container("i")], containers=[{"name": "a", "image": "i"}]),
        "nothing": pod(containers=[{"name": "a", "image": "i"}]),
        "requests of nothing": pod(containers=[limited("a", {"cpu": "0"}, {})]),
        "a class of its status": pod(containers=[limited("a", two, one)], status={"qosClass": "Guaranteed"}),
        "the pod's own, alike": pod(resources={"requests": one, "limits": one}),
    }
    for name, asked in classes.items():
        yield f"class by {name}", (node(), [asked])


def _stopping() -> Iterator[tuple[str, Case]]:
    """The node is full: what comes then stops another, or is refused."""
    takes_all = pod(0, containers=[container(cpu="4")], priority=0)
    comers: tuple[tuple[str, Document, Document], ...] = (
        ("no priority", {}, {}),
        ("a higher priority", {}, {"priority": 1000}),
        ("a critical priority", {}, {"priority": 2_000_000_000}),
        ("a critical priority in kube-system", {"namespace": "kube-system"}, {"priority": 2_000_000_000}),
        ("a critical annotation", {"namespace": "kube-system", "annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""}}, {}),
    )
    for name, metadata, spec in comers:
        yield f"{name} on a full node", (node(), [takes_all, pod(1, metadata=metadata, **spec)])
    both = [pod(0, containers=[container(cpu="1")], priority=0), pod(1, containers=[container(cpu="3")], priority=0)]
    for asked in ("1", "2", "4", "5"):
        last = pod(2, containers=[container(cpu=asked)], priority=2_000_000_000)
        yield f"a critical one for {asked} cpu beside two", (node(), [*both, last])


def _features() -> Iterator[tuple[str, Case]]:
    strict: Document = {"securityContext": {"supplementalGroupsPolicy": "Strict"}}
    for name, told in (
        ("nothing", {}),
        ("that it can", {"supplementalGroupsPolicy": True}),
        ("that it cannot", {"supplementalGroupsPolicy": False}),
    ):
        yield f"strict groups where the node tells {name}", (node(features=told), [pod(**strict)])
    yield "merged groups", (node(), [pod(securityContext={"supplementalGroupsPolicy": "Merge"})])
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [1]}}]
    yield (
        "a rule that restarts all containers",
        (node(), [pod(containers=[{**container(), "restartPolicy": "Never", "restartPolicyRules": rules}])]),
    )
