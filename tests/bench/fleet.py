"""A drawn fleet of realistic pods, the same each time: what the benchmarks of speed are fed with.

Few workloads have most of the pods, as in real clusters. Each pod of an API server mounts a token under a random name
(kube-api-access-xxxxx), so that no two of a workload hash alike. Three kilobytes of compact JSON a pod, a quarter of it managed fields.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SEED = 18
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_SPREAD, _WORKLOADS = 60, 400
NODES = 200
_STARTED = "2024-01-02T00:00:00Z"


def fleet(count: int, *, unique: bool = False) -> Iterator[dict[str, Any]]:
    """So many pods. unique: no two containers are alike, not even but for the token's name."""
    draw = random.Random(_SEED)
    for number in range(count):
        workload = min(int(draw.expovariate(1 / _SPREAD)), _WORKLOADS)
        token = "kube-api-access-" + "".join(draw.choice(_LETTERS) for _ in range(5))
        containers = list(_containers(random.Random(workload), workload, token))
        if unique:
            for place, container in enumerate(containers):
                container["env"].append({"name": "UNIQUE", "value": f"{number}-{place}"})
        yield _pod(number, workload, containers)


def _containers(draw: random.Random, workload: int, token: str) -> Iterator[dict[str, Any]]:
    for place in range(2):
        yield {
            "name": f"c{place}",
            "image": f"registry/app-{workload}:v{draw.randrange(9)}",
            "args": [f"--flag={draw.randrange(99)}"] * draw.randrange(1, 6),
            "env": [{"name": f"VAR_{number}", "value": f"value-{number}-{'x' * (number % 40)}"} for number in range(draw.randrange(2, 14))],
            "ports": [{"containerPort": 8080 + place, "protocol": "TCP"}],
            "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "250m", "memory": "512Mi"}},
            "volumeMounts": [{"name": token, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
            "livenessProbe": {
                "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                "timeoutSeconds": 1,
                "periodSeconds": 10,
                "successThreshold": 1,
                "failureThreshold": 3,
            },
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent",
        }


def _pod(number: int, workload: int, containers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"app-{workload}-{number}",
            "namespace": f"ns{workload % 50}",
            "uid": f"{number:08x}-0000-4000-8000-{workload:012x}",
            "creationTimestamp": "2024-01-01T00:00:00Z",
            "managedFields": [{"manager": "m", "fieldsV1": {f"f:k{place}": {} for place in range(60)}}],
        },
        "spec": {"nodeName": f"node-{number % NODES}", "restartPolicy": "Always", "containers": containers},
        "status": {
            "phase": "Running",
            "podIP": "10.1.2.3",
            "containerStatuses": [
                {
                    "name": container["name"],
                    "containerID": f"containerd://{number:060x}{place:04x}",
                    "image": container["image"],
                    "imageID": f"sha256:{workload:064x}",
                    "ready": True,
                    "restartCount": 0,
                    "state": {"running": {"startedAt": _STARTED}},
                }
                for place, container in enumerate(containers)
            ],
        },
    }


def write_list(path: Path, count: int, *, unique: bool = False, indent: int | None = None) -> None:
    """A PodList as an API server gives it; with an indent, a List as kubectl prints it."""
    separators = (",", ":") if indent is None else None
    with path.open("w") as file:
        file.write('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[')
        for number, pod in enumerate(fleet(count, unique=unique)):
            document = pod if indent is None else {"apiVersion": "v1", "kind": "Pod", **pod}
            file.write("," * (number > 0) + json.dumps(document, separators=separators, indent=indent))
        file.write("]}")
