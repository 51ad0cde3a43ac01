"""Volumes that pods have by claims: what a claim is bound to stands in a PersistentVolume alone."""

from __future__ import annotations

import msgspec


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A claim of a pod. of_pod: the name is that of a volume; the claim is made for the pod and has the pod's name before it."""

    name: str
    of_pod: bool = False

    def name_in(self, pod: str) -> str:
        """What the claim is called. Mirrors VolumeClaimName in k8s.io/component-helpers/storage/ephemeral."""
        return f"{pod}-{self.name}" if self.of_pod else self.name


class BoundVolume(msgspec.Struct, frozen=True, gc=False):
    """A PersistentVolume that is bound to a claim. members: of its spec; driver: of CSI, empty where it has none."""

    name: str
    namespace: str
    claim: str
    members: frozenset[str]
    driver: str = ""
