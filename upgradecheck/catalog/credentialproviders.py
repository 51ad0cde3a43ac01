"""What kubelets take in the file of --image-credential-provider-config (hashdata/credentialproviders.json), read by hand where it says."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SourcePart
from upgradecheck.model.credentialproviders import ProviderFiles, ProviderRule


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    since: str
    what: str
    source: SourcePart
    gate: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    refused: tuple[_Rule, ...]
    taken: tuple[_Rule, ...]
    gated: _Rule


def read_provider_files(folder: Folder) -> ProviderFiles:
    """What is known of them.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "credentialproviders.json", _File, _files)


def _files(file: _File) -> ProviderFiles:
    return ProviderFiles(tuple(map(_rule, file.refused)), tuple(map(_rule, file.taken)), (_rule(file.gated),))


def _rule(one: _Rule) -> ProviderRule:
    return ProviderRule(minor_of(one.since), one.what, one.gate)
