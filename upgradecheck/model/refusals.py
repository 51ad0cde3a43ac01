"""Values of a KubeletConfiguration, and of flags beside it, with which kubelets of some minors do not start (hashdata/refusals.json).

Mirrors ValidateKubeletConfiguration in pkg/kubelet/apis/config/validation, as far as one field decides, perhaps with one gate and one
other fields, and what the kubelet's other parts end at before any pod is looked at. What kubelets have refused for ever is here, too: a
new configuration is one that nobody has run yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from upgradecheck.model.cpusets import parse_cpus
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Value, measured, same
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import Minor


class When(msgspec.Struct, frozen=True, gc=False):
    """Which values of a field are meant; all where nothing is said.

    one_of: only these; but: all but these. least, most: numbers and durations below, or above. holds: lists with one of these words.
    unlike: words that this expression does not describe. not_before: versions other than that of the minor before the kubelet's own.
    no_multiple_of: numbers that cannot be divided by this one. no_cpus: words that are no list of CPUs.
    """

    one_of: tuple[Value, ...] = ()
    but: tuple[Value, ...] = ()
    least: Value = None
    most: Value = None
    holds: tuple[str, ...] = ()
    unlike: str = ""
    not_before: bool = False
    no_multiple_of: int = 0
    no_cpus: bool = False

    def of(self, value: Value, minor: Minor) -> bool:
        """Whether a value is one of these; one that is not known is so only where all are, or all but what is empty."""
        if value is None:
            return self in (ANY, _ANYTHING)
        return (
            (not self.one_of or any(same(value, one) for one in self.one_of))
            and not any(same(value, one) for one in self.but)
            and self._is_out(value)
            and (not self.holds or not set(str(value).split(",")).isdisjoint(self.holds))
            and (not self.unlike or re.fullmatch(self.unlike, str(value)) is None)
            and (not self.not_before or value != f"{minor.major}.{minor.minor - 1}")
            and (not self.no_multiple_of or (isinstance(value, int) and value % self.no_multiple_of != 0))
            and (not self.no_cpus or not _are_cpus(str(value)))
        )

    def _is_out(self, value: Value) -> bool:
        if self.least is None and self.most is None:
            return True
        found, least, most = measured(value), measured(self.least), measured(self.most)
        return found is not None and ((least is not None and found < least) or (most is not None and found > most))


def _are_cpus(text: str) -> bool:
    try:
        parse_cpus(text)
    except SpecRefused:
        return False
    return True


ANY, _ANYTHING = When(), When(but=("",))


class Beside(msgspec.Struct, frozen=True, gc=False):
    """What another field must be for a value to be refused. told: whether it must be set, or must not; None where a default counts, too."""

    field: str
    told: bool | None = None
    when: When = ANY


class Than(msgspec.Struct, frozen=True, gc=False):
    """That a value is refused in comparison with another field's.

    how: at-least, at-most, above or same; more-than of maps, one of whose names the other has not (shares that are ignored do not count).
    """

    field: str
    how: str

    def of(self, value: Value, other: Value) -> bool:
        """Whether these two are so; what cannot be compared is not."""
        if self.how == "more-than":
            return isinstance(value, str) and isinstance(other, str) and not _names(value) <= _names(other)
        mine, its = measured(value), measured(other)
        if mine is None or its is None:
            return False
        return {"at-least": mine >= its, "at-most": mine <= its, "above": mine > its, "same": mine == its}[self.how]


_NAMED = pattern(r"([^,<=]+)[<=](?!(?:0|100)%(?:,|$))")


def _names(members: str) -> frozenset[str]:
    """The names of a map as flags have it."""
    return frozenset(_NAMED.findall(members))


class Others(msgspec.Struct, frozen=True, gc=False):
    """What the other fields of a configuration are. value: of a field, by default, too; is_set: whether anything is written there."""

    value: Callable[[str], Value]
    is_set: Callable[[str], bool]


NO_OTHERS = Others(lambda path: None, lambda path: False)


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A field, or a flag with its dashes, and the values that are refused from a minor on, up to another one.

    A flag sets no field, or something is refused of it that a file may say, for a file's empty value gets the default.
    wanted: what would do, in words. gate: only while this is off, or on (while_on). beside, than: only with all these fields.
    """

    field: str
    since: Minor
    until: Minor | None
    wanted: str
    when: When = ANY
    gate: str = ""
    while_on: bool = False
    beside: tuple[Beside, ...] = ()
    than: Than | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields whose values it asks for."""
        return (self.field, *(one.field for one in self.beside), *(() if self.than is None else (self.than.field,)))

    @property
    def lacks_another(self) -> bool:
        """Whether it is refused for what is not set beside it, which flags may set."""
        return any(one.told is False for one in self.beside)

    def of(self, minor: Minor) -> bool:
        """Whether kubelets of a minor refuse it."""
        return self.since <= minor and (self.until is None or minor < self.until)

    def is_of(self, value: Value, minor: Minor, others: Others = NO_OTHERS) -> bool:
        """Whether a minor refuses a value where the other fields are these, and the gate is as it must be for that."""
        if not self.when.of(value, minor) or (self.than is not None and not self.than.of(value, others.value(self.than.field))):
            return False
        return all(_is_beside(one, minor, others) for one in self.beside)


def _is_beside(one: Beside, minor: Minor, others: Others) -> bool:
    if one.told is not None and others.is_set(one.field) is not one.told:
        return False
    return one.when == ANY or one.when.of(others.value(one.field), minor)
