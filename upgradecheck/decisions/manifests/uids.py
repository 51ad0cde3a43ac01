"""Whether one kubelet gives a static pod the UID that another one gave it.

Without metadata.uid in the manifest the UID is a sum of the pod as the version's internal Go struct prints, after defaulting, and from
1.21 on of the node's name and the manifest's path. Nearly every minor changes the struct. The rest is what the two make of the manifest:
other defaults (procMount in 1.14.0 to 1.14.3, gates) give another UID as well. A vendor's build may hash what its release does not.

Mirrors applyDefaults in pkg/kubelet/config/common.go. Run: every step from 1.8 on between versions in tests/goldens/staticpods.json.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, UIDComparison, UIDOutcome
from upgradecheck.hashing.staticuid.differing import differing_fields, differing_rules
from upgradecheck.hashing.staticuid.printing import Unprintable, internal_text
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken

OTHER_DEFAULTS = "other defaults"
OTHER_INPUT = "node name and path of the manifest go into it under one of the two only"


def compare_uids(pod: ReadPod, old: KubeletBuild, new: KubeletBuild, *, own_uid: bool = True) -> UIDComparison:
    """What becomes of the UID of the pod in a manifest, from one kubelet to another, up or down.

    own_uid: a metadata.uid in the document is the manifest's own, not what a kubelet made, as its view of the pod shows it.
    Node name, path (or URL) of the manifest and its content are taken to be the same under both.
    UNKNOWN: one of the two decoders refuses the manifest (there is then no UID), or what it prints is not known.
    """
    try:
        before, after = (pod.under(build, Taken.DEFAULTED) for build in (old, new))
    except SpecRefused as refusal:
        return UIDComparison(UIDOutcome.UNKNOWN, (f"a decoder refuses the manifest: {refusal}",))
    if own_uid and before.value.get("ObjectMeta", {}).get("UID"):
        return KEPT_BY_MANIFEST
    return compare_decoded(before, after)


def compare_decoded(before: DecodedPod, after: DecodedPod) -> UIDComparison:
    """The same of a pod to which kubelets give the UID."""
    old, new = before.build, after.build
    vendors = old.vendor.uid_input is not None or new.vendor.uid_input is not None
    if vendors and old.static_pod_uid.input != new.static_pod_uid.input:
        return UIDComparison(UIDOutcome.CHANGED, (OTHER_INPUT,))
    because = tuple(_because(before, after))
    if vendors and (because or old.minor != new.minor):
        told = "; ".join(because) or "of this pod nothing"
        return UIDComparison(UIDOutcome.UNKNOWN, (f"what upstream changed, this vendor may have changed before: {told}",))
    if because:
        return UIDComparison(UIDOutcome.CHANGED, because)
    try:
        same = old is new or internal_text(before.value, old.schema) == internal_text(after.value, new.schema)
    except Unprintable as problem:
        return UIDComparison(UIDOutcome.UNKNOWN, (problem.why.value,))
    return UIDComparison(UIDOutcome.KEPT) if same else UIDComparison(UIDOutcome.CHANGED, (OTHER_DEFAULTS,))


def _because(before: DecodedPod, after: DecodedPod) -> Iterator[str]:
    """What of the rule and of the structs that the pod prints is not the same under both."""
    old, new = before.build, after.build
    yield from differing_rules(old.static_pod_uid, new.static_pod_uid)
    yield from differing_fields(before.value, old.schema, after.value, new.schema)
