"""What differs between versions of the API server in what it makes of a pod that somebody creates: facts, read by hand out of each version.

What it sets whenever it reads one are v1 defaults, which it shares with the kubelet of its release (``model.manifests``).

Mirrors pkg/registry/core/pod/strategy.go and pkg/api/pod/util.go.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.manifests import GatedFields


class ApiServerFacts(msgspec.Struct, frozen=True, gc=False):
    """seccomp_from_annotation: it makes seccompProfile of an annotation (1.19 to 1.26). apparmor_from_annotation: likewise appArmorProfile
    (1.30 on).

    gated_fields: fields of containers that it drops while a gate is off (on creation; of what has them already it does not).
    """

    seccomp_from_annotation: bool
    apparmor_from_annotation: bool
    gated_fields: tuple[GatedFields, ...]
