"""Manifests of amounts that are added and compared where pod-level resources get their defaults, in pairs of which Go holds each in its own way.

No JSON shows whether an amount is an int64 with its scale or an inf.Dec; spew does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

AMOUNTS = (
    *("0", "0m", "0.000", "1", "-1", "3", "1.50", "250m", "1u", "10n", "1e3", "0.00000000001", "1e-12", "0.1Ki", "1.5Gi", "1Ei", "100E"),
    *("4611686018427387904", "9223372036854775807", "9223372036854775807m"),
)


def manifests_of_amounts() -> Iterator[tuple[str, bytes]]:
    """Names and manifests: of each pair, cpu is added up, and memory and huge pages are compared, those beside a sidecar's."""
    for one, other in product(AMOUNTS, repeat=2):
        spec = {
            "resources": {"limits": {"hugepages-1Gi": "1Gi"}},
            "containers": [_container("a", cpu=one, memory=one), _container("b", cpu=other)],
            "initContainers": [
                _container("c", memory=other),
                {**_container("d", **{"hugepages-2Mi": one}), "restartPolicy": "Always"},
                _container("e", **{"hugepages-2Mi": other}),
            ],
        }
        document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
        yield f".spec.resources#{one} {other}", json.dumps(document).encode()


def _container(name: str, **amounts: str) -> dict[str, object]:
    return {"name": name, "image": "app:1", "resources": {"limits": amounts, "requests": amounts}}
