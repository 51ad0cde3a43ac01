"""Whether one kubelet gives a static pod the UID that another one gave it.

Without metadata.uid in the manifest the UID is a sum of the pod as the version's internal Go struct prints, after defaulting, and from
1.21 on of the node's name and the manifest's path. Nearly every minor changes the struct; hashdata tells of each step whom it touches. The
rest is what the two make of the manifest: other defaults (procMount in 1.14.0 to 1.14.3, gates) give another UID as well.

Mirrors applyDefaults in pkg/kubelet/config/common.go. Run: every step from 1.15 on between versions in tests/goldens/staticpods.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from upgradecheck.decisions.manifests.fields import is_set
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import Codec
from upgradecheck.hashing.defaulting.pods import default_pod
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import SchemaCatalog, StaticPodUID, UIDChange


class UIDOutcome(Enum):
    """KEPT: the same UID, so the container hashes decide. CHANGED: the pod is recreated."""

    KEPT = "kept"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UIDComparison:
    """because: with CHANGED what differs (``PodSpec.HostUsers``, ``a container with a lifecycle handler``), else why it is so."""

    outcome: UIDOutcome
    because: tuple[str, ...] = ()


GIVEN = "metadata.uid is in the manifest"
KEPT_BY_MANIFEST = UIDComparison(UIDOutcome.KEPT, (GIVEN,))
OTHER_DEFAULTS = "other defaults"


def without_uid(pod: Node) -> Node:
    """The pod without metadata.uid, as its manifest is: a kubelet's view of it shows the UID that the kubelet made."""
    if not isinstance(pod, tuple):
        return pod
    return tuple((key, _without(value, b"uid") if jsontext.unquote(key) == b"metadata" else value) for key, value in pod)


def _without(node: Node, name: bytes) -> Node:
    return tuple((key, value) for key, value in node if jsontext.unquote(key) != name) if isinstance(node, tuple) else node


def compare_uids(pod: Node, old: KubeletBuild, new: KubeletBuild, catalog: SchemaCatalog) -> UIDComparison:
    """What becomes of the UID of the pod in a manifest (parsed, see hashing.containers.parse_pod), from one kubelet to another.

    Up or down. Node name, path (or URL) of the manifest and its content are taken to be the same under both.
    UNKNOWN: one of the two decoders refuses the manifest (there is then no UID), or hashdata does not hold a minor between.
    """
    try:
        before, after = _Decoded(pod, old), _Decoded(pod, new)
    except SpecRefused as refusal:
        return UIDComparison(UIDOutcome.UNKNOWN, (f"a decoder refuses the manifest: {refusal}",))
    if before.value.get("ObjectMeta", {}).get("UID"):
        return KEPT_BY_MANIFEST
    steps = tuple(_steps(old, new, catalog))
    if len(steps) != abs(new.minor.minor - old.minor.minor):
        return UIDComparison(UIDOutcome.UNKNOWN, (f"a minor between {old.minor} and {new.minor} is not known",))
    because = tuple(dict.fromkeys(reason for step in steps for reason in _touching(step, before, after)))
    if not because and before.json() != after.json():
        because = (OTHER_DEFAULTS,)
    return UIDComparison(UIDOutcome.CHANGED, because) if because else UIDComparison(UIDOutcome.KEPT)


class _Decoded:
    """The pod as a kubelet has it before it makes the UID."""

    def __init__(self, pod: Node, build: KubeletBuild) -> None:
        self.codec: Codec = codecs(build.schema).root("Pod")
        self.value: dict[str, Any] = default_pod(self.codec.decode(pod, self.codec.zero), build)

    def json(self) -> bytes:
        return self.codec.encode(self.value, short_control_escapes=True)

    def has(self, path: str) -> bool:
        return is_set(self.codec, self.value, path)


def _steps(old: KubeletBuild, new: KubeletBuild, catalog: SchemaCatalog) -> Iterator[StaticPodUID]:
    """What the minors between do, the lower one left out."""
    low, high = sorted((old.minor, new.minor))
    return (catalog.schema(minor).static_pod_uid for minor in catalog.minors() if low < minor <= high)


def _touching(step: StaticPodUID, before: _Decoded, after: _Decoded) -> Iterator[str]:
    """Why a step touches this pod; nothing if it does not."""
    if step.change is UIDChange.ALL:
        yield from step.because
    for condition in step.conditions:
        if any(before.has(path) or after.has(path) for path in condition.paths):
            yield condition.because
