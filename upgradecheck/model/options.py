"""What kubelets can be told, minor by minor: flags of their command line, fields of a KubeletConfiguration (hashdata/options.json).

A kubelet ends at a flag that it does not have. A field that it does not have it passes over: a configuration that does not decode
strictly is decoded again without strictness, and that is logged (from 1.17 on; before, it was never strict). Up to 1.9 a kubelet also
takes every flag of the libraries in it, of which there is no list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import msgspec

from upgradecheck.model.config import Nulls
from upgradecheck.model.credentialproviders import ProviderRules
from upgradecheck.model.kinds import Kind
from upgradecheck.model.labels import NodeLabels
from upgradecheck.model.patterns import pattern
from upgradecheck.model.refusals import Refusal
from upgradecheck.model.starting import GoneFlag
from upgradecheck.model.version import Minor

Default = str | int | bool | None


class FlagState(msgspec.Struct, frozen=True, gc=False):
    """What a flag is from a minor on. instead: the flag that its kubelets name in its place. field: what it sets of the configuration.

    type: what its values are, as upstream calls it (bool, int32, MapStringString); empty where that is not known.
    """

    since: Minor
    gone: bool = False
    deprecated: bool = False
    hidden: bool = False
    instead: str = ""
    field: str = ""
    type: str = ""


class FieldState(msgspec.Struct, frozen=True, gc=False):
    """What a field is from a minor on. default: as JSON has it; gate: without it there is no default. members: it holds other fields.

    kind: what can be written there; None where that is not known.
    """

    since: Minor
    gone: bool = False
    default: Default = None
    gate: str = ""
    members: bool = False
    kind: Kind | None = None


class DirectoryVariable(msgspec.Struct, frozen=True, gc=False):
    """A variable of the environment without which kubelets of these minors end at --config-dir."""

    name: str
    since: Minor
    until: Minor

    def of(self, minor: Minor) -> bool:
        """Whether kubelets of a minor want it."""
        return self.since <= minor < self.until


class DropIns(msgspec.Struct, frozen=True, gc=False):
    """What kubelets make of a configuration in several files. nulls: what null in a drop-in is taken for, from each minor on.

    gates_alone_since: from then on a kubelet ends at gates of the file of --config that it has not, or has locked, also where a drop-in or
    a flag says otherwise: it fills in that file's defaults by its gates before it reads more (SetDefaults_KubeletConfiguration).
    defaults: from the first of these minors on, before the other, a drop-in is filled in with defaults before it is laid over the file.
    """

    nulls: tuple[tuple[Minor, Nulls], ...] = ()
    gates_alone_since: Minor | None = None
    variable: DirectoryVariable | None = None
    defaults: tuple[Minor, Minor] | None = None

    def lays_defaults_over(self, minor: Minor) -> bool:
        """Whether fields that a drop-in leaves out count in it as they are by default."""
        return self.defaults is not None and self.defaults[0] <= minor < self.defaults[1]

    def nulls_in(self, minor: Minor) -> Nulls:
        """What null in a drop-in is taken for."""
        found = Nulls.PASSED_OVER
        for since, taken in self.nulls:
            found = taken if since <= minor else found
        return found

    def looks_at_the_file_alone(self, minor: Minor) -> bool:
        """Whether a kubelet ends at gates of its file that something laid over it would mend."""
        return self.gates_alone_since is not None and self.gates_alone_since <= minor


State = TypeVar("State", FlagState, FieldState)


class KubeletOptions(msgspec.Struct, frozen=True, dict=True):
    """By name (a flag with its dashes, a field by its path), the states of each, oldest first.

    open: minors that take more flags than are listed. replaced: what there is in place of flags that are gone, in words. to_pods, to_nodes:
    by path, what hangs on a default that moved. refusals: values of fields with which kubelets do not start. gates_want: by minor
    and gate, the gates that must be on while it is. labels: which labels end a kubelet; None where nothing is known. drop_ins: what several
    files are. provider_rules: what the file of image credential providers may hold. gated: fields whose defaults hang on gates. Fields of
    what is in a list are below the list's path and [].
    """

    minors: tuple[Minor, ...] = ()
    flags: Mapping[str, Sequence[FlagState]] = MappingProxyType({})
    fields: Mapping[str, Sequence[FieldState]] = MappingProxyType({})
    open: frozenset[Minor] = frozenset()
    replaced: Mapping[str, str] = MappingProxyType({})
    to_pods: Mapping[str, str] = MappingProxyType({})
    to_nodes: Mapping[str, str] = MappingProxyType({})
    refusals: tuple[Refusal, ...] = ()
    gates_want: Mapping[Minor, Mapping[str, Sequence[str]]] = MappingProxyType({})
    labels: NodeLabels | None = None
    drop_ins: DropIns = DropIns()
    provider_rules: ProviderRules | None = None
    gated: tuple[str, ...] = ()

    @cached_property
    def refusals_of(self) -> Mapping[str, Sequence[tuple[int, Refusal]]]:
        """By field, the refusals of its values, each with its place among all."""
        found: dict[str, list[tuple[int, Refusal]]] = {}
        for place, one in enumerate(self.refusals):
            found.setdefault(one.field, []).append((place, one))
        return found

    def flag(self, name: str, minor: Minor) -> FlagState | None:
        """What a flag is in a minor; None where it has none of this name."""
        return _at(self.flags.get(name, ()), minor)

    def field(self, path: str, minor: Minor) -> FieldState | None:
        """What a field is in a minor; None where it has none of this path. Of one in a list the place in it may be told (``a[3].b``)."""
        return _at(self.fields.get(unplaced(path), ()), minor)

    def has_fields(self, minor: Minor) -> bool:
        """Whether the fields of a minor are known."""
        return any(self.field(path, minor) is not None for path in self.fields)

    def takes(self, name: str, minor: Minor) -> bool | None:
        """Whether kubelets of a minor take a flag; None where that is not known: its flags are not all listed, or it is not."""
        if self.flag(name, minor) is not None:
            return True
        return False if minor in self.minors and minor not in self.open else None

    def gone(self, name: str, minor: Minor) -> GoneFlag | None:
        """What became of a flag that other minors have and this one has not; None where it has it, or where no minor has."""
        if name not in self.flags or self.takes(name, minor) is not False:
            return None
        states = self.flags[name]
        since = next((one.since for one in reversed(states) if one.gone and one.since <= minor), None)
        comes = None if since is not None else states[0].since
        return GoneFlag(since, self.replaced.get(name) or self._renamed(name, minor), comes)

    def _renamed(self, name: str, minor: Minor) -> str:
        """The only flag of a minor that sets the field that another one of other minors does; empty where it is not told by that."""
        fields = {one.field for one in self.flags[name] if one.field}
        found = [flag for flag in self.flags if (now := self.flag(flag, minor)) is not None and now.field in fields]
        return found[0] if len(found) == 1 else ""

    def flag_for(self, path: str, minor: Minor) -> str | None:
        """A flag of this minor that sets what a field of other minors does."""
        found = (name for name, states in self.flags.items() if any(one.field == path for one in states))
        return next((name for name in found if self.flag(name, minor) is not None), None)

    def ends(self, name: str, minor: Minor) -> Minor | None:
        """The first minor after this one that has the flag no longer; None where none is known."""
        return next((one.since for one in self.flags.get(name, ()) if one.gone and one.since > minor), None)

    def deprecated_since(self, name: str, minor: Minor) -> Minor | None:
        """The minor since which the flag has been called deprecated without a break, up to this one; None where it is not now."""
        found: Minor | None = None
        for one in self.flags.get(name, ()):
            if one.since <= minor:
                found = (found or one.since) if one.deprecated else None
        return found


NO_OPTIONS = KubeletOptions()
_PLACE = pattern(r"\[[0-9]+\]")


def unplaced(path: str) -> str:
    """A path without the places in lists."""
    return _PLACE.sub("[]", path) if "[" in path else path


def _at(states: Sequence[State], minor: Minor) -> State | None:
    now = None
    for one in states:
        if one.since <= minor:
            now = None if one.gone else one
    return now
