"""Which of such files a kubelet ends at when it starts.

Mirrors readCredentialProviderConfig, validateCredentialProviderConfig and RegisterCredentialProviderPlugins in
pkg/credentialprovider/plugin; real kubelets were asked (tests/lab/recorded-providers.json).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.credentialproviders import ProviderFile, ProviderFiles, ProviderRules
from upgradecheck.model.options import unplaced
from upgradecheck.model.version import Minor

_OF_ALL = "what no kubelet takes ({})"


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """One thing that a kubelet ends at. name: the field, or what it is; file: in which of several, empty for the only one.

    since: refused from this minor on, None where kubelets before one refuse it, or all; wants: what it takes instead, empty for nothing.
    """

    name: str
    file: str = ""
    since: Minor | None = None
    wants: str = ""


def reads(end: KubeletEnd, rules: ProviderRules) -> bool:
    """Whether a kubelet reads such files at all."""
    return end.version.minor >= rules.before or is_on(end, rules.reading)


def is_on(end: KubeletEnd, gate: str) -> bool:
    """Whether any build that it can be has a gate on."""
    return any(build.feature_gate(gate) for build in end.builds)


def refusals(found: ProviderFiles, end: KubeletEnd, rules: ProviderRules) -> Iterator[Refusal]:
    """What a kubelet ends at; nothing where it takes all of it, or reads nothing."""
    minor = end.version.minor
    if not reads(end, rules):
        return
    if found.directory and minor < rules.directory:
        yield Refusal("a directory in place of the file", wants=f"one file, before {rules.directory}")
        return
    if found.problem:
        yield Refusal(_OF_ALL.format(found.problem))
    for one in found.files:
        yield from _in_file(one, end, rules)


def _in_file(one: ProviderFile, end: KubeletEnd, rules: ProviderRules) -> Iterator[Refusal]:
    minor = end.version.minor
    known = rules.known_fields(minor, one.api_version)
    if one.problem:
        yield Refusal(_OF_ALL.format(one.problem), one.name)
        return
    if not _has(rules.api_versions, one.api_version, minor):
        yield Refusal(f"apiVersion {one.api_version}", one.name, wants=_versions(rules.api_versions, minor))
        return
    if minor >= rules.strict:
        strange = [path for path in one.fields if unplaced(path) not in known]
        yield from (Refusal(path, one.name, rules.strict, "only fields that it knows") for path in _outermost(strange))
        if one.repeats:
            yield Refusal("a field that is there twice", one.name, rules.strict, "each once")
    for place, plugin in one.plugins.items():
        if not _has(rules.plugin_versions, plugin, minor):
            yield Refusal(f"{place}.apiVersion {plugin}", one.name, wants=_versions(rules.plugin_versions, minor))
    if minor >= rules.executable:
        yield from (
            Refusal(f"{place}, whose program is none that may be executed", one.name, rules.executable, "one that may")
            for place in one.idle
        )
    if minor >= rules.tokens and one.api_version == rules.tokens_in and one.caches:
        yield from _of_tokens(one, end, rules)


def _of_tokens(one: ProviderFile, end: KubeletEnd, rules: ProviderRules) -> Iterator[Refusal]:
    if one.token_problem:
        yield Refusal(f"tokenAttributes that no kubelet takes ({one.token_problem})", one.name, rules.tokens)
    for place, cache in one.caches.items():
        if not is_on(end, rules.tokens_gate):
            yield Refusal(f"{place}.tokenAttributes", one.name, wants=f"{rules.tokens_gate} on")
        if end.version.minor >= rules.cache and cache not in rules.cache_types:
            name = f"{place}.tokenAttributes.cacheType {cache}" if cache else f"{place}.tokenAttributes without cacheType"
            yield Refusal(name, one.name, rules.cache, f"cacheType {' or '.join(rules.cache_types)}")


def _has(versions: Mapping[str, Minor], name: str, minor: Minor) -> bool:
    return name in versions and versions[name] <= minor


def _versions(versions: Mapping[str, Minor], minor: Minor) -> str:
    return " or ".join(name.rpartition("/")[2] for name, since in versions.items() if since <= minor)


def _outermost(paths: list[str]) -> Iterator[str]:
    """Of fields within fields that are all unknown the outer ones."""
    for path in paths:
        if not any(path.startswith((f"{other}.", f"{other}[")) for other in paths):
            yield path
