"""This node's pods for ``override hold``: asked with the kubelet's own rights, and kept for a start when no API server answers.

Own pods by field selector, own Node by name, and nothing else. A copy is safe: what is held is what the new kubelet makes of the spec as
it was copied, and it compares that with the spec as it is.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec

from upgradecheck.commands.hold_request import HoldRequest
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.override.hold.place import NODE, PODS, keep, kept

_API_SECONDS = 6.0
_MOST_TOLD = 240


class FoundPods(msgspec.Struct, frozen=True, gc=False):
    """The files with this node's pods and Node; told: why they are not of now, empty where they are, or where there is no server."""

    files: tuple[str, ...]
    told: str = ""


def pods_of(request: HoldRequest, kubelet: LocalKubelet, node: str) -> FoundPods:
    """Asked for now, else as they were kept before; no files where neither is to be had."""
    why = ""
    try:
        keep_pods(request, kubelet, node)
    except UpgradecheckError as error:
        why = str(error).splitlines()[0] if kubeconfig_of(request, kubelet) else ""
    files = tuple(one for one in (request.file(PODS), request.file(NODE)) if kept(one) is not None)
    if not why:
        return FoundPods(files)
    copy = f"a copy of {_written(files[0])} was taken" if files else "no copy of them is kept"
    return FoundPods(files, f"this node's pods were not read ({why[:_MOST_TOLD]}), {copy}")


def _written(path: str) -> str:
    try:
        return rfc3339(int(Path(path).stat().st_mtime) * SECOND)
    except OSError:
        return "before"


def kubeconfig_of(request: HoldRequest, kubelet: LocalKubelet) -> str | None:
    """The kubelet's kubeconfig, None where it has no API server."""
    return request.kubeconfig or last(kubelet.command_line, "kubeconfig")


def keep_pods(request: HoldRequest, kubelet: LocalKubelet, node: str) -> None:
    """Asks for the pods and the Node; keeps both.

    Raises:
        UpgradecheckError: one of them is not given; what was kept before stays.
    """
    from upgradecheck.transport.kube import KubeApi
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    kubeconfig = kubeconfig_of(request, kubelet)
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
