"""Pods whose containers have resources and resize policies, at the moment when a kubelet takes them up that has no record of them.

Beside drawn pods (drawing.py), which have no resources: these are asked once per release, and what computePodActions answers is a golden
(goldens.py) that a minor without Go is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.oracle.podactions.drawing import Drawn, Json, running
from upgradecheck.model.schema import HashClass

_AMOUNT = {"cpu": "100m", "memory": "64Mi"}
_RESTARTS, _KEEPS = "RestartContainer", "NotRequired"
_STATIC = {"kubernetes.io/config.source": "file"}


def cases(hash_class: HashClass) -> dict[str, Drawn]:
    """Pods by what they are about, each with the records that a kubelet of this class wrote."""
    return {name: running(number, hash_class, **parts) for number, (name, parts) in enumerate(_pods())}


def _pods() -> Iterator[tuple[str, Json]]:
    both = {"requests": _AMOUNT, "limits": _AMOUNT}
    for name, resources in (
        ("requests and limits", both),
        ("requests alone", {"requests": _AMOUNT}),
        ("a limit of memory", {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}),
        ("nothing", {}),
        ("storage alone", {"requests": {"ephemeral-storage": "1Gi"}}),
    ):
        yield f"a restart for cpu, {name}", {"containers": [_container(resources, cpu=_RESTARTS)]}
        yield f"a restart for memory, {name}", {"containers": [_container(resources, memory=_RESTARTS)]}
        yield f"a restart for memory, {name}, static", {"containers": [_container(resources, memory=_RESTARTS)], "annotations": _STATIC}
        yield f"no restart, {name}", {"containers": [_container(resources, cpu=_KEEPS, memory=_KEEPS)]}
        yield f"no policy, {name}", {"containers": [_container(resources)]}
    restarting, plain = _container(both, memory=_RESTARTS), _container(both, name="other", memory=_KEEPS)
    yield "one of two restarts", {"containers": [restarting, plain]}
    yield "a restart for cpu beside a limit of memory", {"containers": [_container({"limits": {"memory": "1Gi"}}, cpu=_RESTARTS)]}
    whole = {"requests": _AMOUNT, "limits": _AMOUNT}
    yield "a restart for memory of the pod as a whole", {"containers": [_container({}, memory=_RESTARTS)], "resources": whole}


def _container(resources: Json, name: str = "app", **policies: Any) -> Json:
    policy = [{"resourceName": resource, "restartPolicy": way} for resource, way in policies.items()]
    return {"name": name, "image": "busybox", "resources": resources, **({"resizePolicy": policy} if policy else {})}
