"""This node's pods for ``override hold``: asked with the kubelet's own rights, and kept for a start when no API server answers.

Own pods by field selector, own Node by name, and nothing else. A copy is safe: what is held is what the new kubelet makes of the spec as
it was copied, and it compares that with the spec as it is.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import msgspec

from upgradecheck.commands.hold_request import HoldRequest
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.override.hold.place import NODE, PODS, keep, kept

_API_SECONDS = 6.0


def pods_of(request: HoldRequest, kubelet: LocalKubelet, node: str) -> tuple[str, ...]:
    """The files with this node's pods and Node: asked for now, else as they were kept before; none where neither is to be had."""
    with suppress(UpgradecheckError):
        keep_pods(request, kubelet, node)
    files = (request.file(PODS), request.file(NODE))
    return tuple(one for one in files if kept(one) is not None)


def keep_pods(request: HoldRequest, kubelet: LocalKubelet, node: str) -> None:
    """Asks for the pods and the Node; keeps both.

    Raises:
        UpgradecheckError: one of them is not given; what was kept before stays.
    """
    from upgradecheck.transport.kube import KubeApi
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    kubeconfig = request.kubeconfig or last(kubelet.command_line, "kubeconfig")
    if not kubeconfig:
        raise SpecRefused("the kubelet is told no kubeconfig, so there is no API server to ask")
    api = KubeApi(Target(kubeconfig), Limits(_API_SECONDS, _API_SECONDS))
    try:
        pods = api.get("/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"}, "list pods of this node", bytes)
        own = api.get(f"/api/v1/nodes/{node}", {}, f"read node {node}", bytes)
    finally:
        api.close()
    for body, kind in ((pods, "PodList"), (own, "Node")):
        guarded(partial(_require_kind, body, kind))
    keep(request.file(PODS), pods)
    keep(request.file(NODE), own)


class _Kind(msgspec.Struct, gc=False):
    kind: str = ""


def _require_kind(body: bytes, kind: str) -> None:
    if msgspec.json.decode(body, type=_Kind).kind != kind:
        raise SpecRefused(f"the API server answers with another object than {kind}")
