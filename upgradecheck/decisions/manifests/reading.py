"""Whether a kubelet takes the manifest of a static pod, and the pod that it makes of it.

In order: its decoder reads the JSON, v1 defaults are set, the pod is validated as a new one would be, and references to objects of the API
are refused. Gates do not drop fields from static pods, and from 1.22 to 1.34 they do not widen validation either: the kubelet passes no
options, so that what the API server takes under a gate is refused in a manifest (hostProcess up to 1.25, spec.os in 1.23 and 1.24).

Everything is here in which versions are known to differ, checked against real kubelet code of each (tests/goldens/staticpods.json).
differs: a check that every version makes alike is here only where it is cheap; the kubelet that runs the pod has already passed it. So
``AcceptedManifest`` holds for a manifest from which an older or newer kubelet runs a pod, and is no proof for one that never ran.

Mirrors tryDecodeSinglePod in pkg/kubelet/config/common.go and ValidatePodCreate in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.decisions.manifests.amounts import check_amounts
from upgradecheck.decisions.manifests.checking import Check, Complaint
from upgradecheck.decisions.manifests.claims import check_claims
from upgradecheck.decisions.manifests.containers import check_containers
from upgradecheck.decisions.manifests.declared import check_declared
from upgradecheck.decisions.manifests.environment import check_environment
from upgradecheck.decisions.manifests.outcomes import RefusedManifest, Stage
from upgradecheck.decisions.manifests.pods import check_gated_fields, check_names, check_network, check_policies, check_scheduling
from upgradecheck.decisions.manifests.probes import check_probes_and_hooks
from upgradecheck.decisions.manifests.references import check_references
from upgradecheck.decisions.manifests.security import check_security
from upgradecheck.decisions.manifests.volumes import check_volumes
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.containers import DecodedContainer
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken

_CHECKS: tuple[Check, ...] = (
    *(check_names, check_gated_fields, check_volumes, check_claims, check_containers, check_environment, check_probes_and_hooks),
    *(check_amounts, check_security, check_policies, check_network, check_scheduling, check_declared),
)


class AcceptedManifest(msgspec.Struct, frozen=True):
    """A manifest that the kubelet takes. namespace and name as in the manifest (default ``default``, without the node's name).

    uid: metadata.uid, None if the kubelet makes one. containers: defaulted, ready for hash_container. pod: the Go value, which may hold
    secrets.
    """

    namespace: str
    name: str
    uid: str | None
    containers: tuple[DecodedContainer, ...]
    pod: GoValue

    def __repr__(self) -> str:
        """Without pod."""
        return f"AcceptedManifest(namespace={self.namespace!r}, name={self.name!r}, uid={self.uid!r}, containers={self.containers!r})"

    def __eq__(self, other: object) -> bool:
        """Without pod."""
        return (
            self.namespace == other.namespace and self.name == other.name and self.uid == other.uid and self.containers == other.containers
            if isinstance(other, AcceptedManifest)
            else NotImplemented
        )

    def __hash__(self) -> int:
        """Without pod."""
        return hash((self.namespace, self.name, self.uid, self.containers))


def read_static_pod(pod: ReadPod, build: KubeletBuild, *, listed: bool = False) -> AcceptedManifest | RefusedManifest:
    """What a kubelet makes of a manifest. listed: it is an item of a PodList from a URL, which needs no kind."""
    try:
        if not listed:
            _require_a_pod(pod.tree)
        decoded = pod.under(build, Taken.DEFAULTED)
    except SpecRefused as refusal:
        return RefusedManifest(Stage.DECODER, refusal.path, refusal.reason)
    for stage, complaints in (
        (Stage.VALIDATION, _complaints(decoded.value, build)),
        (Stage.REFERENCES, check_references(decoded.value, build)),
    ):
        complaint = next(complaints, None)
        if complaint is not None:
            return RefusedManifest(stage, complaint.path, complaint.reason)
    return _accepted(decoded)


def _require_a_pod(pod: Node) -> None:
    """A document says that it is a Pod of version v1, the only one that core has."""
    if not isinstance(pod, tuple):
        raise SpecRefused("is no object")
    if jsontext.text(jsontext.member(pod, b"kind")) != b"Pod" or jsontext.text(jsontext.member(pod, b"apiVersion")) != b"v1":
        raise SpecRefused("is no Pod of apiVersion v1")


def _complaints(value: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    return (complaint for check in _CHECKS for complaint in check(value, build))


def _accepted(decoded: DecodedPod) -> AcceptedManifest:
    meta = decoded.value.get("ObjectMeta", {})
    namespace, uid = printable(meta.get("Namespace", b"")), printable(meta.get("UID", b""))
    return AcceptedManifest(namespace or "default", printable(meta.get("Name", b"")), uid or None, decoded.containers, decoded.value)
