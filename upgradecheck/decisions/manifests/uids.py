"""Whether one kubelet gives a static pod the UID that another one gave it.

Without metadata.uid in the manifest the UID is a sum of the pod as the version's internal Go struct prints, after defaulting, and from
1.21 on of the node's name and the manifest's path. Nearly every minor changes the struct; hashdata tells of each step whom it touches. The
rest is what the two make of the manifest: other defaults (procMount in 1.14.0 to 1.14.3, gates) give another UID as well. A vendor's build
may hash what its release does not.

Mirrors applyDefaults in pkg/kubelet/config/common.go. Run: every step from 1.15 on between versions in tests/goldens/staticpods.json.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.fields import is_set
from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, UIDComparison, UIDOutcome
from upgradecheck.hashing.codecs import Codec
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import StaticPodUID, UIDChange
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken

OTHER_DEFAULTS = "other defaults"
OTHER_INPUT = "node name and path of the manifest go into it under one of the two only"


def compare_uids(pod: ReadPod, old: KubeletBuild, new: KubeletBuild, catalog: SchemaCatalog, *, own_uid: bool = True) -> UIDComparison:
    """What becomes of the UID of the pod in a manifest, from one kubelet to another, up or down.

    own_uid: a metadata.uid in the document is the manifest's own, not what a kubelet made, as its view of the pod shows it.
    Node name, path (or URL) of the manifest and its content are taken to be the same under both.
    UNKNOWN: one of the two decoders refuses the manifest (there is then no UID), or hashdata does not hold a minor between.
    """
    try:
        before, after = (_Decoded(pod.under(build, Taken.DEFAULTED)) for build in (old, new))
    except SpecRefused as refusal:
        return UIDComparison(UIDOutcome.UNKNOWN, (f"a decoder refuses the manifest: {refusal}",))
    if own_uid and before.value.get("ObjectMeta", {}).get("UID"):
        return KEPT_BY_MANIFEST
    if old.static_pod_uid.input != new.static_pod_uid.input and _is_otherwise(old, new):
        return UIDComparison(UIDOutcome.CHANGED, (OTHER_INPUT,))
    steps = tuple(_steps(old, new, catalog))
    if len(steps) != abs(new.minor.minor - old.minor.minor):
        return UIDComparison(UIDOutcome.UNKNOWN, (f"a minor between {old.minor} and {new.minor} is not known",))
    because = tuple(dict.fromkeys(reason for step in steps for reason in _touching(step, before, after)))
    if because and _is_otherwise(old, new):
        return UIDComparison(UIDOutcome.UNKNOWN, (f"what upstream changed, this vendor may have changed before: {'; '.join(because)}",))
    if not because and before.json() != after.json():
        because = (OTHER_DEFAULTS,)
    return UIDComparison(UIDOutcome.CHANGED, because) if because else UIDComparison(UIDOutcome.KEPT)


def _is_otherwise(old: KubeletBuild, new: KubeletBuild) -> bool:
    """Whether one of the two makes UIDs of something else than the release does that it is called after."""
    return old.vendor.uid_input is not None or new.vendor.uid_input is not None


class _Decoded:
    """The pod as a kubelet has it before it makes the UID."""

    def __init__(self, decoded: DecodedPod) -> None:
        self.codec: Codec = codecs(decoded.build.schema).root("Pod")
        self.value = decoded.value

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
