"""Which builds are not upstream's: those that are known to differ stand in hashdata/vendors.json.

Whose a build is, its version text tells. A suffix that no vendor here is known by, commits behind the tag and a modified tree say no more
than that it is not the release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from upgradecheck.catalog.files import Folder, read_common
from upgradecheck.decode.kubelet.version_parts import Vendor, vendor_of
from upgradecheck.model.schema import UIDInput
from upgradecheck.model.vendors import UNCHECKED, UPSTREAM, VendorBuild
from upgradecheck.model.version import KubeletVersion

_RUNS_NO_KUBELET_OF_A_RELEASE = frozenset({Vendor.UNKNOWN, Vendor.VIRTUAL_KUBELET})


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    repository: str
    reference: str
    note: str


class _Differing(msgspec.Struct, forbid_unknown_fields=True):
    """A vendor's builds of one minor. compares: what differs is nothing that hashes or compares."""

    vendor: Vendor
    minor: str
    differs: str
    source: _Source
    static_pod_uid_input: tuple[UIDInput, ...] | None = None
    compares: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    differing: tuple[_Differing, ...]


Differing = Mapping[tuple[Vendor, str], VendorBuild]
"""Builds that are known to differ, by vendor and minor."""


def read_differing(folder: Folder) -> Differing:
    """The builds that are known to differ.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "vendors.json", _File, lambda file: {(one.vendor, one.minor): _build(one) for one in file.differing})


def build_of(version: KubeletVersion, differing: Callable[[], Differing]) -> VendorBuild:
    """Who built a kubelet of this version; differing is read only where a vendor's name stands in it."""
    if version.commits is not None or version.dirty:
        return UNCHECKED
    if version.vendor is None:
        return UPSTREAM
    vendor = vendor_of(version)
    if vendor in _RUNS_NO_KUBELET_OF_A_RELEASE:
        return UNCHECKED
    return differing().get((vendor, str(version.minor)), UPSTREAM)


def _build(one: _Differing) -> VendorBuild:
    told = f"{one.differs} ({one.source.repository}, {one.source.reference})"
    return VendorBuild(checked=one.compares, uid_input=one.static_pod_uid_input, differs=(told,))
