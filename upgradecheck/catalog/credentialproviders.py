"""What kubelets take in the file of --image-credential-provider-config (hashdata/credentialproviders.json), read by hand where it says."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SincePart, SourcePart
from upgradecheck.model.credentialproviders import FieldsSince, ProviderRules


class _ByGate(msgspec.Struct, forbid_unknown_fields=True):
    before: str
    gate: str
    source: SourcePart


class _Version(SincePart, kw_only=True):
    name: str


class _Fields(SincePart, kw_only=True):
    paths: tuple[str, ...]
    api_version: str = ""


class _Tokens(SincePart, kw_only=True):
    gate: str
    api_version: str


class _Values(SincePart, kw_only=True):
    values: tuple[str, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    read_by_gate: _ByGate
    api_versions: tuple[_Version, ...]
    plugin_versions: tuple[_Version, ...]
    fields: tuple[_Fields, ...]
    strict: SincePart
    tokens: _Tokens
    cache_types: _Values
    directory: SincePart
    executable: SincePart


def read_provider_rules(folder: Folder) -> ProviderRules:
    """What is known of them.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "credentialproviders.json", _File, _rules)


def _rules(file: _File) -> ProviderRules:
    return ProviderRules(
        before=minor_of(file.read_by_gate.before),
        reading=file.read_by_gate.gate,
        api_versions={one.name: minor_of(one.since) for one in file.api_versions},
        plugin_versions={one.name: minor_of(one.since) for one in file.plugin_versions},
        fields=tuple(FieldsSince(minor_of(one.since), frozenset(one.paths), one.api_version) for one in file.fields),
        strict=minor_of(file.strict.since),
        tokens=minor_of(file.tokens.since),
        tokens_gate=file.tokens.gate,
        tokens_in=file.tokens.api_version,
        cache=minor_of(file.cache_types.since),
        cache_types=file.cache_types.values,
        directory=minor_of(file.directory.since),
        executable=minor_of(file.executable.since),
    )
