"""The file of --image-credential-provider-config, which a kubelet reads when it starts, and what kubelets take in it.

Of such a file that is kept on which a start hangs: which fields it has, of which versions it is, and what is wrong with it in words. Names
of providers, their images, arguments and variables are not, since no rule asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.version import Minor

FLAG = "image-credential-provider-config"
PROGRAMS = "image-credential-provider-bin-dir"
SUFFIXES = (".json", ".yaml", ".yml")
"""Of files that a kubelet reads in a directory."""


class ProviderFile(msgspec.Struct, frozen=True, gc=False):
    """One file. name: in its directory. api_version: its own, empty where it names none that can be.

    fields: the paths of all its fields (``providers[0].env[1].name``); repeats: one of them is there twice. plugins: by provider, the
    version of plugins that it wants; caches: by provider with tokenAttributes, their cacheType, empty for none. problem: what every kubelet
    refuses in it; token_problem: what every kubelet does that knows tokenAttributes; either empty where there is nothing.
    idle: providers that name no program, or one that may not be executed, where that was seen.
    """

    name: str = ""
    api_version: str = ""
    fields: tuple[str, ...] = ()
    repeats: bool = False
    plugins: Mapping[str, str] = {}
    caches: Mapping[str, str] = {}
    problem: str = ""
    token_problem: str = ""
    idle: tuple[str, ...] = ()


class ProviderFiles(msgspec.Struct, frozen=True, gc=False):
    """What that flag of a kubelet leads to. place: where that is, in words; node: whose it is, None for all.

    directory: it is one, of these files, which kubelets read in this order. problem: what every kubelet refuses in all of them together.
    unread: why it could not be looked at; then nothing else is told. given: the user gave it as what a kubelet will be started with.
    """

    place: str
    files: tuple[ProviderFile, ...] = ()
    directory: bool = False
    problem: str = ""
    unread: str = ""
    node: str | None = None
    given: bool = False


class ProviderTexts(msgspec.Struct, frozen=True, gc=False):
    """The same as it was found. texts: of each file, with its name in its directory; idle: names of programs that may not be executed."""

    place: str
    texts: tuple[tuple[str, bytes], ...] = ()
    directory: bool = False
    idle: frozenset[str] = frozenset()
    unread: str = ""


class FieldsSince(msgspec.Struct, frozen=True, gc=False):
    """Fields that a minor brought; api_version: in files of this version alone, empty for all."""

    since: Minor
    paths: frozenset[str]
    api_version: str = ""


class ProviderRules(msgspec.Struct, frozen=True, gc=False):
    """What kubelets take in such files (hashdata/credentialproviders.json).

    before, reading: up to this minor they read it only while that gate is on. api_versions, plugin_versions: by name, since when.
    strict: from then on no other field, and none twice. tokens: since when there are tokenAttributes, in files of tokens_in, while
    tokens_gate is on. cache, cache_types: since when these need a cacheType, and which there are. directory, executable: since when it may
    be one, and the programs of providers must be executable.

    Mirrors readCredentialProviderConfig, validateCredentialProviderConfig and RegisterCredentialProviderPlugins in
    pkg/credentialprovider/plugin.
    """

    before: Minor
    reading: str
    api_versions: Mapping[str, Minor]
    plugin_versions: Mapping[str, Minor]
    fields: tuple[FieldsSince, ...]
    strict: Minor
    tokens: Minor
    tokens_gate: str
    tokens_in: str
    cache: Minor
    cache_types: tuple[str, ...]
    directory: Minor
    executable: Minor

    def known_fields(self, minor: Minor, api_version: str) -> frozenset[str]:
        """The fields that a minor's kubelet has in a file of this version, with ``[]`` for places in lists."""
        found = (one.paths for one in self.fields if one.since <= minor and one.api_version in ("", api_version))
        return frozenset[str]().union(*found)
