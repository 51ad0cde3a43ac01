"""Which hash classes a kubelet version can be of.

A release hashes by its minor's schema and by the Go that built it: Go 1.22 writes U+0008 and U+000C as ``\\b`` and ``\\f``
(older ones as ``\\u0008`` and ``\\u000c``), and within a minor the change came with 1.27.16, 1.28.12 and 1.29.7. Only the JSON
era can tell the difference. What no release table can say becomes a set of classes:

* A pre-release of X.Y.0 was cut somewhere between X.(Y-1) and X.Y and can hash as either. Where the source of one was read,
  PRERELEASE_WITH_OWN_HASH says from which on X.Y alone is right.
* A pre-release of a later patch, and commits after a release (MicroK8s builds ``v1.21.5-3+83e2bb7ee39726`` so), are on the
  release branch: the same minor, between two patches.
* A patch above the newest known one is a vendor's long-term support (AKS ``1.27.101``), built with whatever Go was current.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import Era, HashClass, Schema
from upgradecheck.model.version import KubeletVersion, Minor

_GO_WITH_SHORT_ESCAPES = (1, 22)

_STAGES = ("alpha", "beta", "rc")
PRERELEASE_WITH_OWN_HASH: Mapping[Minor, tuple[str, int]] = {
    # pkg/kubelet/container/helpers.go of v1.31.0-alpha.2 hashes name and image only; alpha.1 was not obtainable.
    Minor(1, 31): ("alpha", 2),
}
"""The first pre-release of X.Y.0 that was seen to hash as X.Y. It stands here until hashdata has a place for it."""


class Build(msgspec.Struct, frozen=True, gc=False):
    """One patch release: the Go that built it upstream, and how that is known (``source``, ``changelog``, ``carried``)."""

    patch: int
    go: str
    evidence: str

    @property
    def short_control_escapes(self) -> bool:
        """Whether its encoding/json writes ``\\b`` and ``\\f``."""
        major, minor = re.findall(r"[0-9]+", self.go)[:2]
        return (int(major), int(minor)) >= _GO_WITH_SHORT_ESCAPES


class ReleaseLine(msgspec.Struct, frozen=True, gc=False):
    """A minor with its patch releases, oldest first (at least one)."""

    schema: Schema
    builds: tuple[Build, ...]

    @property
    def newest(self) -> Build:
        return self.builds[-1]

    def classes(self) -> tuple[HashClass, ...]:
        """Every class that a known patch of this minor is of, oldest first."""
        return self._classes(*(build.short_control_escapes for build in self.builds))

    def classes_at(self, patch: int) -> tuple[HashClass, ...]:
        """The class of a patch; above the newest known one also that of a newer Go, as nobody knows which one a vendor takes."""
        known = [build for build in self.builds if build.patch <= patch] or [self.builds[0]]
        above = patch > self.newest.patch
        return self._classes(known[-1].short_control_escapes, above or known[-1].short_control_escapes)

    def classes_with_escapes_of(self, *builds: Build) -> tuple[HashClass, ...]:
        """This schema in the hands of the Go versions of some builds, of this minor or another."""
        return self._classes(*(build.short_control_escapes for build in builds))

    def _classes(self, *escapes: bool) -> tuple[HashClass, ...]:
        if self.schema.era is not Era.JSON:
            escapes = (self.builds[0].short_control_escapes,)
        return tuple(HashClass(self.schema, short) for short in sorted(set(escapes)))


def possible_classes(version: KubeletVersion, line_of: Callable[[Minor], ReleaseLine]) -> tuple[HashClass, ...]:
    """The classes that a kubelet of this version can be of, older schema and older Go first.

    line_of gives a minor's releases, and raises if they are not known.
    """
    line = line_of(version.minor)
    if version.patch is None:
        return line.classes_at(line.newest.patch)
    if version.prerelease and version.patch == 0:
        return _before_first_release(version.prerelease, line, line_of)
    first, last = _patches_around(version)
    return tuple(dict.fromkeys((*line.classes_at(first), *line.classes_at(last))))


def possible_builds(version: KubeletVersion, line_of: Callable[[Minor], ReleaseLine]) -> tuple[KubeletBuild, ...]:
    """The kubelets that a version can be, told apart as far as hashes and decisions differ; line_of as for possible_classes.

    A pre-release of X.Y.0 decides as X.(Y-1).0 or as X.Y.0.
    """
    line = line_of(version.minor)
    if version.patch is None:
        return _builds_at(line, line.newest.patch)
    if version.prerelease and version.patch == 0:
        return tuple(KubeletBuild(hash_class, 0) for hash_class in possible_classes(version, line_of))
    first, last = _patches_around(version)
    return _told_apart((*_builds_at(line, max(first, 0)), *_builds_at(line, last)))


def all_builds(line: ReleaseLine) -> tuple[KubeletBuild, ...]:
    """The kubelets that a minor can be whose patch nobody tells."""
    return _told_apart(build for released in line.builds for build in _builds_at(line, released.patch))


def _builds_at(line: ReleaseLine, patch: int) -> tuple[KubeletBuild, ...]:
    return tuple(KubeletBuild(hash_class, patch) for hash_class in line.classes_at(patch))


def _told_apart(builds: Iterable[KubeletBuild]) -> tuple[KubeletBuild, ...]:
    """Without those that hash and decide as one before them."""
    distinct = {(build.hash_class, build.manifests, build.decisions, build.admission): build for build in reversed(tuple(builds))}
    return tuple(reversed(distinct.values()))


def _patches_around(version: KubeletVersion) -> tuple[int, int]:
    """The patches of its minor between which a version was built; the same one twice for a release.

    A vendor's candidate (``v1.29.7-rc1+rke2r1``) is treated as upstream's: its Go may be that of the patch before.
    """
    patch = version.patch or 0
    if version.prerelease:
        return patch - 1, patch
    if version.commits:
        return patch, patch + 1
    return patch, patch


def _before_first_release(prerelease: str, line: ReleaseLine, line_of: Callable[[Minor], ReleaseLine]) -> tuple[HashClass, ...]:
    """Classes of a pre-release of X.Y.0: both schemas, and whichever Go the development branch had between the two releases."""
    minor = line.schema.minor
    own_since = PRERELEASE_WITH_OWN_HASH.get(minor)
    if own_since and _rank(prerelease) >= (_STAGES.index(own_since[0]), own_since[1]):
        return line.classes_at(0)
    before = line_of(Minor(minor.major, minor.minor - 1))
    between = (before.builds[0], line.builds[0])
    return (*before.classes_with_escapes_of(*between), *line.classes_with_escapes_of(*between))


def _rank(prerelease: str) -> tuple[int, int]:
    """Order of pre-releases: ``alpha.3`` before ``beta.0`` before ``rc.1`` (or ``rc1``)."""
    stage, number = re.findall(r"[a-z]+|[0-9]+", prerelease)
    return _STAGES.index(stage), int(number)
