"""Which labels kubelets may put on their Nodes (hashdata/labels.json), read by hand at the places that it names."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SincePart
from upgradecheck.model.labels import AllowedLabel, NodeLabels


class _Allowed(SincePart, kw_only=True):
    label: str
    until: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    refused: SincePart
    spelled: SincePart
    of_kubernetes: tuple[str, ...]
    prefixes: tuple[str, ...]
    allowed: tuple[_Allowed, ...]


def read_labels(folder: Folder) -> NodeLabels:
    """What is known of them.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "labels.json", _File, _labels)


def _labels(file: _File) -> NodeLabels:
    allowed = (AllowedLabel(one.label, minor_of(one.since), None if one.until is None else minor_of(one.until)) for one in file.allowed)
    return NodeLabels(minor_of(file.refused.since), minor_of(file.spelled.since), file.of_kubernetes, file.prefixes, tuple(allowed))
