"""Values of a configuration that kubelets refuse (hashdata/refusals.json): what by hand, from which minor on by the real code."""

from __future__ import annotations

from typing import Literal

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SourcePart
from upgradecheck.model.refusals import Beside, Refusal, Than, When

Written = str | int | float | bool
_How = Literal["at-least", "at-most", "above", "same", "more-than"]


class WrittenWhen(msgspec.Struct, forbid_unknown_fields=True):
    """As the file has it."""

    one_of: tuple[Written, ...] = msgspec.field(default=(), name="is")
    but: tuple[Written, ...] = msgspec.field(default=(), name="not")
    least: Written | None = msgspec.field(default=None, name="below")
    most: Written | None = msgspec.field(default=None, name="above")
    holds: tuple[str, ...] = ()
    unlike: str = ""
    not_before: bool = msgspec.field(default=False, name="not_minor_before")
    no_multiple_of: int = 0
    no_cpus: bool = False


class WrittenBeside(msgspec.Struct, forbid_unknown_fields=True):
    """As the file has it."""

    field: str
    told: bool | None = msgspec.field(default=None, name="set")
    when: WrittenWhen = msgspec.field(default_factory=WrittenWhen)


class WrittenThan(msgspec.Struct, forbid_unknown_fields=True):
    """As the file has it."""

    field: str
    how: _How = msgspec.field(name="is")


class WrittenRefusal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """As the file has it. asked: with which fields the real code was asked, see hashdata's README."""

    field: str
    since: str
    until: str | None = None
    gate: str = ""
    gate_is: Literal["off", "on"] = "off"
    when: WrittenWhen
    beside: WrittenBeside | list[WrittenBeside] = msgspec.field(default_factory=list[WrittenBeside])
    than: WrittenThan | None = None
    wanted: str
    asked: msgspec.Raw = msgspec.Raw()
    source: SourcePart


class WrittenRefusals(msgspec.Struct, forbid_unknown_fields=True):
    """The file."""

    format_version: str
    refusals: list[WrittenRefusal]


def read_refusals(folder: Folder) -> tuple[Refusal, ...]:
    """All that are known.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "refusals.json", WrittenRefusals, lambda file: tuple(_refusal(one) for one in file.refusals))


def _refusal(one: WrittenRefusal) -> Refusal:
    until = None if one.until is None else minor_of(one.until)
    others = one.beside if isinstance(one.beside, list) else [one.beside]
    beside = tuple(Beside(other.field, other.told, _when(other.when)) for other in others)
    than = None if one.than is None else Than(one.than.field, one.than.how)
    return Refusal(one.field, minor_of(one.since), until, one.wanted, _when(one.when), one.gate, one.gate_is == "on", beside, than)


def _when(one: WrittenWhen) -> When:
    return When(one.one_of, one.but, one.least, one.most, one.holds, one.unlike, one.not_before, one.no_multiple_of, one.no_cpus)
