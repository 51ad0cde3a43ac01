"""Every minor that is known, as the pure rooms ask for it: its schema, its hash classes, and the kubelets that a version can be."""

from __future__ import annotations

from typing import Protocol

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import HashClass, Schema
from upgradecheck.model.version import KubeletVersion, Minor


class SchemaCatalog(Protocol):
    """Where the pure rooms get schemas from; upgradecheck.catalog implements it over hashdata."""

    def minors(self) -> tuple[Minor, ...]:
        """Every minor that hashdata holds, oldest first."""
        ...

    def finished_minors(self) -> tuple[Minor, ...]:
        """Those whose facts are all filled in."""
        ...

    def schema(self, minor: Minor) -> Schema:
        """The schema of a minor.

        Raises:
            UnknownMinor: hashdata does not hold it.
        """
        ...

    def hash_classes(self, minor: Minor) -> tuple[HashClass, ...]:
        """The hash classes of a minor, oldest patch first (one, or two where a patch changed the Go escapes)."""
        ...

    def resolve(self, version: KubeletVersion) -> tuple[HashClass, ...]:
        """The hash classes that a version can be: one, or several where that cannot be told (pre-releases, unknown patches).

        Raises:
            UnknownVersion: hashdata does not hold its minor.
        """
        ...

    def builds(self, version: KubeletVersion) -> tuple[KubeletBuild, ...]:
        """The kubelets that a version can be, told apart as far as hashes and decisions differ: usually one, never none.

        Raises:
            UnknownVersion: hashdata does not hold its minor.
        """
        ...

    def builds_of(self, minor: Minor) -> tuple[KubeletBuild, ...]:
        """Every kubelet that a minor can be whose patch nobody tells.

        Raises:
            UnknownMinor: hashdata does not hold it.
        """
        ...

    def newest_patch(self, minor: Minor) -> int:
        """The newest patch of a minor that hashdata knows.

        Raises:
            UnknownMinor: hashdata does not hold it.
        """
        ...
