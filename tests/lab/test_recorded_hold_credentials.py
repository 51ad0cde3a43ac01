"""``override hold`` where the kubelet shows its API server a client certificate, or what a credential plugin prints: as it was recorded.

With ``python -m tests.lab.systemd credentials``, on a real kube-apiserver 1.31.0 with the Node authorizer and selectors, no copy of the pods kept.
"""

from __future__ import annotations

import pytest

from tests.lab.test_recorded_hold import held, steps

ASKED = [
    "system:node:node-1: list /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1 200",
    "system:node:node-1: get /api/v1/nodes/node-1 200",
]
"""Own pods and own Node, and nothing else; by the server's audit log."""


@pytest.mark.parametrize("name", ["up, by a client certificate", "back, by a plugin"])
def test_own_pods_are_read_with_the_kubelets_own_credentials(name: str) -> None:
    """At its stop, whose copy was taken away, and at its start: those of the API server are held, too."""
    step = steps("credentials")[name]
    assert (held(step)[:2], step["ended"], step["hashes"], step["ran"]) == ((22, 22), [], 22, 23)
    assert (step["asked"], step["kept"]) == (ASKED * 2, ["node.json", "pods.json"])


def test_where_the_server_does_not_take_them_line_and_status_say_so() -> None:
    """Static pods are held by their manifests. The kubelet is refused, too, and does nothing to pods that it is not told of."""
    step = steps("credentials")["up, by a certificate of another cluster"]
    assert (held(step)[:2], step["ended"], step["hashes"], step["kept"]) == ((15, 23), [], 15, [])
    told = "this node's pods were not read (https://127.0.0.1:6443: cannot list pods of this node: the server does not accept the credentials (401)"
    assert told in step["said"][-1]
    assert "no copy of them is kept" in step["said"][-1]
    assert told in steps("credentials")["up, by a certificate of another cluster: status"]["out"][0]
