"""Labels that the kubelet's docker shims write on containers, from a map or from the one text that ``docker ps`` joins them to.

CRI labels stand as they are, CRI annotations with the prefix ``annotation.`` (makeLabels in pkg/kubelet/dockershim/helpers.go, the
same in cri-dockerd), so the recorded hash is ``annotation.io.kubernetes.container.hash``. ``io.kubernetes.docker.type`` tells
containers from sandboxes. Only the labels named here are kept: others hold commands (preStopHandler) and whole manifests.

``docker ps`` joins all labels with commas and escapes nothing, while ports and preStopHandler are JSON, full of commas. JSON has an end
of its own, so these two are cut out first; the wanted values themselves hold no comma. What then stands there exactly once, and
ends before another ``key=``, is taken. Anything else cannot be told apart and is refused.
"""

from __future__ import annotations

import json
import re

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_PREFIX = "annotation."
SWARM_NODE = "com.docker.swarm.node.id"


class Labels(msgspec.Struct, gc=False):
    """The labels that are read. kind is ``container`` or ``podsandbox``; None where a label is not there."""

    kind: str | None = msgspec.field(default=None, name="io.kubernetes.docker.type")
    sandbox_id: str | None = msgspec.field(default=None, name="io.kubernetes.sandbox.id")
    container_name: str | None = msgspec.field(default=None, name="io.kubernetes.container.name")
    pod_name: str | None = msgspec.field(default=None, name="io.kubernetes.pod.name")
    pod_namespace: str | None = msgspec.field(default=None, name="io.kubernetes.pod.namespace")
    pod_uid: str | None = msgspec.field(default=None, name="io.kubernetes.pod.uid")
    hash: str | None = msgspec.field(default=None, name=_PREFIX + "io.kubernetes.container.hash")
    hash_without_resources: str | None = msgspec.field(default=None, name=_PREFIX + "io.kubernetes.container.hashWithoutResources")
    source: str | None = msgspec.field(default=None, name=_PREFIX + "kubernetes.io/config.source")
    config_hash: str | None = msgspec.field(default=None, name=_PREFIX + "kubernetes.io/config.hash")
    swarm_node: str | None = msgspec.field(default=None, name=SWARM_NODE)
    """Of which node of a swarm it is a task; no shim writes this one."""


_WANTED = {field.encode_name: field.name for field in msgspec.structs.fields(Labels)}
_BEGIN = pattern(rf"(?:^|,)({'|'.join(map(re.escape, _WANTED))})=")
_VALUE = pattern(r"[A-Za-z0-9_.:-]*(?=$|,[^=,\s]+=)", re.ASCII)
_IN_JSON = pattern(rf"(?:^|,){re.escape(_PREFIX)}io\.kubernetes\.container\.(?:ports|preStopHandler)=")
_JSON = json.JSONDecoder()


def split_labels(text: str) -> Labels:
    """The labels in the text that ``docker ps`` joins them to.

    Raises:
        SpecRefused: it cannot be told where a label that is read ends, or which of two it is.
    """
    text = _without_json(text)
    found: dict[str, str] = {}
    for begin in _BEGIN.finditer(text):
        value = _VALUE.match(text, begin.end())
        name = _WANTED[begin[1]]
        if value is None or name in found:
            raise _unclear()
        found[name] = value[0]
    return Labels(**found)


def _without_json(text: str) -> str:
    for _ in range(2):
        begin = _IN_JSON.search(text)
        if begin is None:
            break
        try:
            _, end = _JSON.raw_decode(text, begin.end())
        except (ValueError, RecursionError):
            raise _unclear() from None
        if text[end : end + 1] not in ("", ","):
            raise _unclear()
        text = text[: begin.start()] + text[end:]
    return text


def _unclear() -> SpecRefused:
    return SpecRefused("docker ps joins the labels with commas, and some values hold commas too, so they cannot be told apart", "Labels")
