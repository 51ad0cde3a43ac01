"""The only reader of hashdata: what is known about every Kubernetes minor, looked up by minor and by kubelet version.

Nothing is read before it is asked for: ``minors()`` lists file names, a schema is decoded when somebody wants that minor, and
goldens only by tests. Each answer is kept for the life of the Catalog. A minor that hashdata does not hold is an error that
names its neighbours; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec.structs import replace

from upgradecheck.catalog import files
from upgradecheck.catalog.gates import read_gates
from upgradecheck.catalog.records import Golden, MinorFacts
from upgradecheck.catalog.releases import ReleaseLine, all_builds, possible_builds, possible_classes
from upgradecheck.catalog.vendors import build_of, read_differing
from upgradecheck.model.errors import UnfinishedData, UnknownMinor, UnknownVersion
from upgradecheck.model.facts import FeatureGate
from upgradecheck.model.gates import GateEffects
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.places import Places
from upgradecheck.model.schema import HashClass, Schema
from upgradecheck.model.vendors import UPSTREAM
from upgradecheck.model.version import KubeletVersion, Minor

__all__ = ["Catalog", "FeatureGate", "Golden", "MinorFacts"]


class Catalog:
    """Every minor of one hashdata folder, by default the one that ships with the program. Implements model's SchemaCatalog.

    All methods that take a minor raise UnknownMinor if hashdata does not hold it, and DataError if its file cannot be used.
    """

    def __init__(self, folder: files.Folder | None = None) -> None:
        self._folder = folder or files.packaged_folder()
        self._minors = cache(lambda: files.list_minors(self._folder))
        self._line = cache(self._read_line)
        self._possible = cache(lambda version: possible_builds(version, lambda minor: self._line_for(version, minor)))
        self._builds = cache(lambda minor: all_builds(self._line(minor)))
        self._gates = cache(lambda: read_gates(self._folder))
        self._options = cache(self._read_options)
        self._vendors = cache(lambda: read_differing(self._folder))

    def _read_options(self) -> KubeletOptions:
        from upgradecheck.catalog.options import read_options  # with its nine modules: most runs ask for none

        return read_options(self._folder)

    def minors(self) -> tuple[Minor, ...]:
        """Every minor that hashdata holds, oldest first."""
        return self._minors()

    def finished_minors(self) -> tuple[Minor, ...]:
        """Those whose files are filled in: what else than the versions in question is asked of, is asked of these."""
        return tuple(minor for minor in self._minors() if self.is_finished(minor))

    def schema(self, minor: Minor) -> Schema:
        """The schema of a minor."""
        return self._line(minor).schema

    def hash_classes(self, minor: Minor) -> tuple[HashClass, ...]:
        """The hash classes of a minor, oldest patch first (one, or two where a patch changed the Go escapes)."""
        return self._line(minor).classes()

    def patches(self, minor: Minor) -> tuple[int, ...]:
        """The patch releases that are known, oldest first."""
        return tuple(build.patch for build in self._line(minor).builds)

    def newest_patch(self, minor: Minor) -> int:
        """The newest patch release that is known: what a bare minor means."""
        return self.patches(minor)[-1]

    def go_version(self, minor: Minor, patch: int) -> tuple[str, str] | None:
        """The Go that built a patch release upstream, and how that is known; None for a patch that is not known."""
        found = (build for build in self._line(minor).builds if build.patch == patch)
        return next(((build.go, build.evidence) for build in found), None)

    def resolve(self, version: KubeletVersion) -> tuple[HashClass, ...]:
        """The hash classes that a kubelet of this version can be of: usually one, never none.

        Several mean that the version does not tell (pre-releases, builds between tags, patches above the newest known one);
        an answer about that kubelet then holds only if it is the same for each of them.

        Raises:
            UnknownVersion: hashdata does not hold a minor that this version may hash as.
        """
        return possible_classes(version, lambda minor: self._line_for(version, minor))

    def builds(self, version: KubeletVersion) -> tuple[KubeletBuild, ...]:
        """The kubelets that a version can be, told apart as far as hashes and decisions differ: usually one, never none.

        Raises:
            UnknownVersion: hashdata does not hold a minor that this version may be of.
        """
        builds = self._possible(version)
        vendor = build_of(version, self._vendors)
        return builds if vendor == UPSTREAM else tuple(replace(build, vendor=vendor) for build in builds)

    def builds_of(self, minor: Minor) -> tuple[KubeletBuild, ...]:
        """Every kubelet that a minor can be whose patch nobody tells."""
        return self._builds(minor)

    def release_of(self, version: KubeletVersion) -> str:
        """The release that a version stands for: ``1.30.14`` for the bare minor ``1.30``, else the version's own.

        Raises:
            UnknownVersion: a bare minor that hashdata does not hold.
        """
        if version.patch is not None:
            return version.release
        return f"{version.minor}.{self._line_for(version, version.minor).newest.patch}"

    def feature_gates(self, minor: Minor) -> Mapping[str, FeatureGate]:
        """The feature gates that matter to restarts, with the defaults of this minor."""
        return files.read(self._folder, self._held(minor), files.feature_gates)

    def places(self, minor: Minor) -> Places:
        """Where in this minor's sources the steps of the decision are that other minors have elsewhere."""
        return files.read(self._folder, self._held(minor), files.places)

    def facts(self, minor: Minor) -> MinorFacts:
        """What the ``versions`` command shows of a minor."""
        return files.read(self._folder, self._held(minor), files.facts)

    def gate_effects(self) -> GateEffects:
        """The gates whose default moved, and what of a pod they touch."""
        return self._gates()

    def options(self) -> KubeletOptions:
        """What kubelets of every minor can be told, by flags and by configuration."""
        return self._options()

    def goldens(self, minor: Minor) -> tuple[Golden, ...]:
        """Containers with the hashes that the real Go code of this minor made of them; for tests."""
        return files.read(self._folder, self._held(minor), files.goldens)

    def is_finished(self, minor: Minor) -> bool:
        """Whether the file of a minor is filled in; no other is read for it."""
        try:
            self._line(minor)
        except UnfinishedData:
            return False
        return True

    def _read_line(self, minor: Minor) -> ReleaseLine:
        return files.read(self._folder, self._held(minor), files.release_line)

    def _held(self, minor: Minor) -> Minor:
        if minor not in self.minors():
            raise UnknownMinor(f"Kubernetes {minor}: not in hashdata, {self._neighbours(minor)}")
        return minor

    def _line_for(self, version: KubeletVersion, minor: Minor) -> ReleaseLine:
        if minor not in self.minors():
            detour = "" if minor == version.minor else f"may hash as {minor}, which is "
            raise UnknownVersion(f"Kubernetes {version.release}: {detour}not in hashdata, {self._neighbours(minor)}")
        return self._line(minor)

    def _neighbours(self, minor: Minor) -> str:
        """Which minors hashdata holds, the nearest of them, and what to do."""
        held = self.minors()
        if not held:
            return "which holds no minor at all. Install upgradecheck again."
        nearest = [*[m for m in held if m < minor][-1:], *[m for m in held if m > minor][:1]]
        return (
            f"which holds {held[0]} to {held[-1]}; nearest: {', '.join(map(str, nearest))}. "
            'Look at "upgradecheck versions"; a newer upgradecheck may know it.'
        )
