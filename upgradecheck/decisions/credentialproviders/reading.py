"""A file of --image-credential-provider-config, down to what a kubelet's start hangs on.

Of YAML a kubelet reads the first document, of JSON all. Fields are known by their exact names, the kind's alone in any letters. What is
wrong is said by the place where it stands, never by what stands there: arguments and variables of a provider may be secrets.

Mirrors decode and validateCredentialProviderConfig in pkg/credentialprovider/plugin/config.go.
differs: that a text of matchImages is an image's name is not asked; all kubelets refuse those that are none alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from upgradecheck.decisions.manifests.checking import is_qualified_name
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.heads import head_of
from upgradecheck.decode.yaml.documents import is_json, to_json
from upgradecheck.model.credentialproviders import ProviderFile, ProviderFiles, ProviderTexts
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Kind, is_of_kind
from upgradecheck.model.patterns import pattern

KIND, GROUP = "CredentialProviderConfig", "kubelet.config.k8s.io/"
_PLUGINS = "credentialprovider.kubelet.k8s.io/"
_TOKENS_OF = f"{_PLUGINS}v1"
"""Providers of which alone kubelets take tokenAttributes."""
_NAME = pattern(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_VERSION = pattern(r"v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?")
_UNNAMED = "?"
"""Stands for the name of a field, or a version, of other letters."""
_TOKENS = "tokenAttributes"
_DEEPEST = 6
_AUDIENCE, _REQUIRED, _CACHE = "serviceAccountTokenAudience", "requireServiceAccount", "cacheType"
_KEYS = ("requiredServiceAccountAnnotationKeys", "optionalServiceAccountAnnotationKeys")


class _TwiceError(Exception):
    """A member that is there twice."""


def provider_file(text: bytes, name: str = "", idle: Collection[str] = ()) -> ProviderFile:
    """What a file holds. name: its own; idle: names of providers whose programs may not be executed."""
    try:
        return guarded(lambda: _read(text, name, idle))
    except SpecRefused as error:
        return ProviderFile(name, problem=str(error))


def provider_files(found: ProviderTexts, node: str | None = None) -> ProviderFiles:
    """What was found on a node, as its kubelet has it."""
    names = [name for _, text in found.texts for name in set(_names_in(text))]
    problem = "two files have a provider of one name" if len(set(names)) < len(names) else ""
    if found.directory and not found.texts:
        problem = "it is a directory without such files"
    files = tuple(provider_file(text, name, found.idle) for name, text in found.texts)
    return ProviderFiles(found.place, files, found.directory, problem, found.unread, node)


def _names_in(text: bytes) -> tuple[str, ...]:
    """The names of the providers in a file; none of one that cannot be read."""
    try:
        providers = guarded(lambda: _members(to_json(text))).get("providers")
    except SpecRefused:
        return ()
    found = (one.get("name") for one in providers if isinstance(one, dict)) if isinstance(providers, list) else ()
    return tuple(one for one in found if isinstance(one, str) and one)


def _read(text: bytes, name: str, idle: Collection[str]) -> ProviderFile:
    raw = to_json(text)
    members = _members(raw)
    head = head_of(raw)
    if head.kind != KIND or not head.api_version.startswith(GROUP):
        raise SpecRefused(f"is no {KIND} of {GROUP.rstrip('/')}")
    providers = members.get("providers")
    listed = [one if isinstance(one, dict) else {} for one in providers] if isinstance(providers, list) else []
    places = [(f"providers[{number}]", one) for number, one in enumerate(listed)]
    attributes = [(place, one[_TOKENS]) for place, one in places if one.get(_TOKENS) is not None]
    return ProviderFile(
        name=name,
        api_version=f"{GROUP}{_version(head.api_version.removeprefix(GROUP))}",
        fields=tuple(dict.fromkeys(_fields(members))),
        repeats=_repeats(text),
        plugins={place: _plugin(one.get("apiVersion")) for place, one in places},
        caches={place: _cache(one) for place, one in attributes},
        problem=next(iter(_of_all(providers)), ""),
        token_problem=next((found for place, one in places if _TOKENS in one for found in _of_tokens(place, one)), ""),
        idle=tuple(place for place, one in places if not one.get("name") or one["name"] in idle),
    )


def _members(raw: bytes) -> dict[str, Any]:
    def refused(_: str) -> None:
        raise SpecRefused("is no JSON")

    try:
        found = json.loads(raw, parse_constant=refused)
    except ValueError:
        raise SpecRefused("is neither YAML nor JSON that a kubelet reads") from None
    if not isinstance(found, dict):
        raise SpecRefused(f"is no {KIND}")
    return found


def _repeats(text: bytes) -> bool:
    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise _TwiceError

    try:
        if is_json(text):
            json.loads(text, object_pairs_hook=once)
        else:
            to_json(text, unique=True)
    except (_TwiceError, SpecRefused):
        return True
    return False


def _fields(value: Any, above: str = "", deep: int = 0) -> Iterator[str]:
    """The paths of all fields; below one that is unknown nothing matters, but it does no harm."""
    if isinstance(value, dict) and deep < _DEEPEST:
        for name, one in value.items():
            if not above and name in ("apiVersion", "kind"):
                continue
            path = f"{above}{name if _NAME.fullmatch(name) else _UNNAMED}"
            yield path
            yield from _fields(one, f"{path}.", deep + 1)
    elif isinstance(value, list) and deep < _DEEPEST:
        for number, one in enumerate(value):
            yield from _fields(one, f"{above.rstrip('.')}[{number}].", deep + 1)


def _version(text: str) -> str:
    return text if _VERSION.fullmatch(text) else _UNNAMED


def _plugin(value: Any) -> str:
    return f"{_PLUGINS}{_version(value.removeprefix(_PLUGINS))}" if isinstance(value, str) and value.startswith(_PLUGINS) else _UNNAMED


def _cache(tokens: Any) -> str:
    value = tokens.get(_CACHE) if isinstance(tokens, dict) else None
    return "" if value in (None, "") else value if isinstance(value, str) and _NAME.fullmatch(value) else _UNNAMED


def _of_all(providers: Any) -> Iterator[str]:
    """What every kubelet refuses."""
    if providers is not None and not isinstance(providers, list):
        yield "providers is no list"
        return
    if not providers:
        yield "it names no provider"
        return
    names = [one.get("name") for one in providers if isinstance(one, dict)]
    if len(set(map(str, names))) < len(names):
        yield "it has two providers of one name"
    for number, one in enumerate(providers):
        yield from _of_provider(f"providers[{number}]", one)


def _of_provider(place: str, one: Any) -> Iterator[str]:
    if not isinstance(one, dict):
        yield f"{place} is no object"
        return
    for name, fits, what in _SHAPES:
        if one.get(name) is not None and not fits(one[name]):
            yield f"{place}.{name} is no {what}"
    for name in ("apiVersion", "matchImages", "defaultCacheDuration"):
        if one.get(name) in (None, "", []):
            yield f"{place}.{name} is not there, or empty"
    name = one.get("name") or ""
    if name in (".", "..") or "/" in name or " " in name:
        yield f"{place}.name is none that a program can have"
    if one["defaultCacheDuration"].startswith("-") and one["defaultCacheDuration"].strip("-0hmsunµ."):
        yield f"{place}.defaultCacheDuration is negative"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(one is None or isinstance(one, str) for one in value)


def _are_variables(value: Any) -> bool:
    return isinstance(value, list) and all(one is None or _is_variable(one) for one in value)


def _is_variable(value: Any) -> bool:
    return isinstance(value, dict) and all(value.get(name) is None or isinstance(value[name], str) for name in ("name", "value"))


def _is_length(value: Any) -> bool:
    return isinstance(value, str) and is_of_kind(value, Kind.LENGTH)


_SHAPES: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("name", _is_text, "text"),
    ("apiVersion", _is_text, "text"),
    ("matchImages", _are_texts, "list of texts"),
    ("defaultCacheDuration", _is_length, "length of time"),
    ("args", _are_texts, "list of texts"),
    ("env", _are_variables, "list of names and values"),
)


def _of_tokens(above: str, provider: dict[str, Any]) -> Iterator[str]:
    """What every kubelet refuses that knows tokenAttributes."""
    tokens, place = provider[_TOKENS], f"{above}.{_TOKENS}"
    if tokens is None:
        return
    if not isinstance(tokens, dict):
        yield f"{place} is no object"
        return
    if not isinstance(tokens.get(_AUDIENCE), str) or not tokens[_AUDIENCE]:
        yield f"{place}.{_AUDIENCE} is not there, or no text"
    if not isinstance(tokens.get(_REQUIRED), bool):
        yield f"{place}.{_REQUIRED} is not there, or no switch"
    if not isinstance(tokens.get(_CACHE, ""), (str, type(None))):
        yield f"{place}.{_CACHE} is no text"
    if provider.get("apiVersion") != _TOKENS_OF:
        yield f"{place} stands beside another apiVersion than {_TOKENS_OF}"
    yield from _of_keys(place, tokens)


def _of_keys(place: str, tokens: dict[str, Any]) -> Iterator[str]:
    keys = {name: tokens.get(name) or [] for name in _KEYS}
    if not all(map(_are_texts, keys.values())):
        yield f"{place} has keys of annotations that are no list of texts"
        return
    for name, found in keys.items():
        if _is_refused(found):
            yield f"{place}.{name} has a key twice, or one that is none"
    if keys[_KEYS[0]] and tokens.get(_REQUIRED) is False:
        yield f"{place} requires annotations of a ServiceAccount, and no ServiceAccount"
    if not set(keys[_KEYS[0]]).isdisjoint(keys[_KEYS[1]]):
        yield f"{place} has a key that is required and optional"


def _is_refused(keys: Iterable[str | None]) -> bool:
    found = [one or "" for one in keys]
    return len(set(found)) < len(found) or not all(is_qualified_name(one.lower().encode()) for one in found)
