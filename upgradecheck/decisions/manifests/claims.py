"""Checks of resource claims: 1.26 to 1.30 write them with a source, later ones without; each drops the other's fields.

Mirrors validatePodResourceClaims in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, is_label, spec_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import Field

_FIELDS = ("ResourceClaimName", "ResourceClaimTemplateName")


def check_claims(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Each with a name of its own, and of one claim or template."""
    has_source = any(field.go == "Source" for field in _claim_fields(build))
    names: set[bytes] = set()
    for index, claim in enumerate(spec_of(pod).get("ResourceClaims") or ()):
        path, name = f"spec.resourceClaims[{index}]", claim.get("Name", b"")
        if not is_label(name) or name in names:
            yield Complaint(f"{path}.name", "is no DNS label, or the name of another claim too")
        names.add(name)
        source = claim.get("Source", {}) if has_source else claim
        if sum(source.get(field) is not None for field in _FIELDS) != 1:
            yield Complaint(f"{path}.source" if has_source else path, "names not exactly one claim or template in the way of this version")


def _claim_fields(build: KubeletBuild) -> tuple[Field, ...]:
    claim = build.schema.types.get("core/v1.PodResourceClaim")
    return claim.fields if claim else ()
