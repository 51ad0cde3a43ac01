"""Whether a manifest that gives its pod a UID as kubelets make them is still the one that a kubelet made that UID of.

``override pin`` writes the UID that a pod has into its manifest. An edit afterwards makes no new pod, and no list of a runtime shows it:
but without metadata.uid the text makes the pin no longer, under any kubelet. A pin may have outlived several of them, so all minors are
asked. Not made is a pin, too, whose file was renamed, or of which nobody told the directory, and what is none.

RKE2 gives its static pods a UID of its own making, MD5 of the published type: pkg/staticpod/staticpod.go (Run); of the path alone in
earlier releases. It hashes the files that a pod uses into variable FILE_HASH of its container, by which its manifests are known.
"""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.decisions.manifests.checking import containers, spec_of
from upgradecheck.decisions.manifests.outcomes import Pin, Ran, UIDCheck
from upgradecheck.decisions.manifests.reproducing import Manifests, readable, reproduce
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild

_OF_RKE2 = b"FILE_HASH"


def pin_of(manifests: Manifests, builds: Iterable[KubeletBuild], ran: Ran) -> Pin:
    """What the UID is that a manifest gives. builds: all that may have been asked when it was written; ran: the pod under it."""
    value: GoValue = {}
    for build in builds:
        for value in readable(manifests, build):
            if isinstance(reproduce((_without_uid(value),), build, ran), UIDCheck):
                return Pin.MADE
    return Pin.FOREIGN if _is_of_rke2(value) else Pin.OPEN


def _without_uid(manifest: GoValue) -> GoValue:
    metadata = {name: value for name, value in manifest.get("ObjectMeta", {}).items() if name != "UID"}
    return {**manifest, "ObjectMeta": metadata}


def _is_of_rke2(manifest: GoValue) -> bool:
    variables = (one for place in containers(spec_of(manifest)) for one in place.content.get("Env") or ())
    return any(one.get("Name") == _OF_RKE2 for one in variables)
