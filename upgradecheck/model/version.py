"""Kubelet versions as nodes report them.

They are no semantic versions to us: ``v1.31.0-eks-1234567`` is a vendor's build of the release 1.31.0, which semver would
sort below it, while ``v1.31.0-alpha.2`` really came before 1.31.0. What counts is the minor (it decides schema and era),
the patch (it decides the Go that built the kubelet), and whether the version is a pre-release of its own minor.
"""

from __future__ import annotations

import msgspec


class Minor(msgspec.Struct, frozen=True, order=True, gc=False):
    """A Kubernetes release line such as 1.31; ordered by number."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class KubeletVersion(msgspec.Struct, frozen=True, gc=False):
    """One version text, taken apart.

    patch is None for a bare minor (``1.31`` or ``1.31.x``). prerelease is set for true pre-releases only (``alpha.2``, ``rc.1``).
    vendor is the vendor's suffix (``eks-bc4871b``, ``k3s1``); commits counts commits after the tag in git-describe
    texts, None if the text is a tag; dirty says that the tree was modified.
    """

    text: str
    minor: Minor
    patch: int | None = None
    prerelease: str | None = None
    vendor: str | None = None
    commits: int | None = None
    dirty: bool = False

    def __str__(self) -> str:
        """As it was reported."""
        return self.text

    @property
    def release(self) -> str:
        """Minor, patch and pre-release without ``v`` and vendor suffix: ``1.22.17``, ``1.31.0-alpha.2``, ``1.31``."""
        patch = "" if self.patch is None else f".{self.patch}"
        return f"{self.minor}{patch}" + (f"-{self.prerelease}" if self.prerelease else "")

    @property
    def released(self) -> KubeletVersion:
        """The release that it counts as, written as upstream's tag."""
        return KubeletVersion(f"v{self.release}", self.minor, self.patch, self.prerelease)


class UnreadVersion(msgspec.Struct, frozen=True, gc=False):
    """A version text that was reported, and names no kubelet."""

    text: str

    def __str__(self) -> str:
        """As it was reported."""
        return self.text


def release_of(known: KubeletVersion | None) -> str | None:
    """The release by name, None where it is not known."""
    return None if known is None else known.release


ReportedVersion = KubeletVersion | UnreadVersion
