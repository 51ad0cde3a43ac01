"""A kubelet's configuration in several files: that of --config, the drop-ins of --config-dir over it, and what flags set over all of them.

Drop-ins are laid over the file one after the other, as merge patches of JSON: objects are joined, of anything else the last one counts.
What null is taken for differs (model.config.Nulls): from 1.32 on the file is written out as v1beta1 before drop-ins are laid over it, so
that null takes out what it has; before, it is written out with the names of Go, of which no drop-in says anything, and null reaches no
further than the drop-ins before it.

Mirrors mergeKubeletConfigurations in cmd/kubelet/app/server.go, and MergePatch of evanphx/json-patch.
differs: up to 1.28, where drop-ins want a variable of the environment, defaults of drop-ins are laid over, too; here they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.config import Settings, kubelet_settings, names_its_kind, object_settings
from upgradecheck.decode.kubelet.heads import API_VERSION, KIND
from upgradecheck.model.config import KubeletConfig, Nulls

OF_DROP_IN, _NO_KIND = "apiVersion of a drop-in", "kind of a drop-in"
_OTHER_KIND = "kind of a drop-in that names another"
_OF_DROP_IN = {API_VERSION: OF_DROP_IN, KIND: _OTHER_KIND}
KINDLESS = Settings(given={_NO_KIND: None}, forms={})
"""A drop-in that is empty, or names no kind: no kubelet that reads drop-ins starts with one."""
_NO_SETTINGS = frozenset({KIND, API_VERSION})
_HEADS = frozenset({KIND, API_VERSION, *_OF_DROP_IN.values(), *KINDLESS.given})
"""What a file says of itself."""
_DEEPEST = 8
"""No field lies deeper; what does is taken as it is."""
_NOTHING = b"{}"
_HARD = "evictionHard"
_DEFAULT_HARD = b'{"imagefs.available":"15%","memory.available":"100Mi","nodefs.available":"10%","nodefs.inodesFree":"5%"}'
"""DefaultEvictionHard in pkg/kubelet/eviction/defaults_linux.go, without imagefs.inodesFree of 1.30, which nothing asks for."""
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class FileSettings(msgspec.Struct, frozen=True):
    """What files set, and flags over them. main: the file of --config, None where there is none."""

    main: Settings | None = None
    drop_ins: tuple[Settings, ...] = ()
    flags: Settings | None = None

    def config(self) -> KubeletConfig:
        """All of it together; what else it is to kubelets to whom null says something (by_nulls), and the file by itself (beneath)."""
        found = {nulls: self._under(nulls) for nulls in (Nulls if self._has_nulls() else (Nulls.PASSED_OVER,))}
        usual = found.pop(Nulls.PASSED_OVER)
        others = {nulls: one for nulls, one in found.items() if one != usual}
        return replace(usual, by_nulls=others) if others else usual

    def _under(self, nulls: Nulls) -> KubeletConfig:
        parts = [self.files(nulls), *([] if self.flags is None else [self.flags])]
        config = merged(parts).config()
        over = bool(self.drop_ins) or (self.flags is not None and bool(self.flags.feature_gates))
        return replace(config, beneath=self.main.config()) if over and self.main is not None else config

    def files(self, nulls: Nulls) -> Settings:
        """What the files set without the flags."""
        if not self.drop_ins:
            return self.main or Settings()
        parts = [*([] if self.main is None else [self.main]), *self.drop_ins]
        found = object_settings(_together(self.main, self.drop_ins, nulls))
        found.given |= _heads(part.given for part in parts)
        found.forms |= _heads(part.forms for part in parts)
        found.whole = None if self.main is None else self.main.whole
        return found

    def _has_nulls(self) -> bool:
        return any(b"null" in (one.document or _NOTHING) for one in self.drop_ins)


def _heads(found: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    return {path: one for paths in found for path, one in (paths or {}).items() if path in _HEADS}


def drop_in_settings(raw: bytes) -> Settings:
    """What a drop-in sets, and whether it names its kind.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    found = as_drop_in(kubelet_settings(raw))
    return found if names_its_kind(raw) else replace(found, given={**KINDLESS.given, **found.given})


def as_drop_in(settings: Settings) -> Settings:
    """The settings of a drop-in: what its apiVersion may be is another matter (1.30 and 1.31 do not look at it)."""
    return replace(settings, given=_as_of_drop_in(settings.given or {}), forms=_as_of_drop_in(settings.forms or {}))


def _as_of_drop_in(paths: Mapping[str, Any]) -> dict[str, Any]:
    return {_OF_DROP_IN.get(path, path): one for path, one in paths.items()}


def merged(parts: Iterable[Settings]) -> Settings:
    """What parts set together, of which each has its own fields: of each setting the last word counts, of gates the last word on each."""
    whole = Settings()
    for part in parts:
        for name in Settings.__struct_fields__:
            if (value := getattr(part, name)) is not None:
                before = getattr(whole, name)
                setattr(whole, name, {**(before or {}), **value} if name == "feature_gates" else value)
    return whole


def _together(main: Settings | None, drop_ins: Sequence[Settings], nulls: Nulls) -> bytes:
    """The object that files are together."""
    file, over = _NOTHING if main is None else _settings_in(main), [_settings_in(one) for one in drop_ins]
    thresholds = main is not None and any(_HARD in (_members(one) or {}) for one in over)
    file = _with_thresholds(file) if thresholds else file
    if nulls is Nulls.PASSED_OVER:
        over = [_laid(_NOTHING, one) for one in over]
    elif nulls is Nulls.AMONG_DROP_INS:
        over = [reduce(_laid, over, _NOTHING)]
    whole = reduce(_laid, over, file)
    return _laid(whole, b'{"evictionHard":{}}') if thresholds else whole


def _with_thresholds(file: bytes) -> bytes:
    """A file with the eviction thresholds that a kubelet puts in where it says none, before it looks at any drop-in (loadConfigFile)."""
    found = _members(file) or {}
    if bytes(found.get(_HARD, b"null")).strip() == b"null":
        found[_HARD] = msgspec.Raw(_DEFAULT_HARD)
    return _written(found)


def _settings_in(part: Settings) -> bytes:
    """A file without what it says of itself."""
    found = _members(part.document or _NOTHING)
    return _NOTHING if found is None else _written({name: one for name, one in found.items() if name not in _NO_SETTINGS})


def _laid(base: bytes, patch: bytes, deep: int = 1) -> bytes:
    """A merge patch over what it is of (RFC 7386)."""
    found = _members(patch)
    if found is None or deep > _DEEPEST:
        return patch
    whole = {name: bytes(one) for name, one in (_members(base) or {}).items()}
    for name, one in found.items():
        value = bytes(one).strip()
        if value == b"null":
            whole.pop(name, None)
        else:
            whole[name] = _laid(whole.get(name, b""), value, deep + 1)
    return _written(whole)


def _members(raw: bytes) -> dict[str, msgspec.Raw] | None:
    """Those of an object; None of anything else."""
    try:
        return _MEMBERS.decode(raw) if raw.strip()[:1] == b"{" else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _written(members: Mapping[str, bytes | msgspec.Raw]) -> bytes:
    return msgspec.json.encode({name: msgspec.Raw(one) for name, one in members.items()})
