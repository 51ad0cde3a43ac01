"""What documents of the contract are made of, and the way from the model into them: member by member, long lists element by element.

Key order is that of the fields. What is unknown is null; a member that has a default (the ``?`` of the contract) is left out where it
does not apply. ``from`` is a word of Python's, so the fields are called as in the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Protocol, TypeVar, get_args, get_origin, runtime_checkable

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo, fields

from upgradecheck.contract.holes import Marked
from upgradecheck.contract.values import of_model

T = TypeVar("T")


class Part(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={"from_version": "from", "to_version": "to", "from_hash": "from", "to_hash": "to"},
):
    """An object of the contract."""


def said(text: str) -> Meta:
    """What the JSON Schema tells of a member."""
    return Meta(description=text)


LINES = Meta(extra={"lines": True})
Lines = Annotated[tuple[T, ...], LINES]
"""A list that is written and read element by element, each on a line of its own."""
Count = Annotated[int, Meta(ge=0)]
FORMAT_VERSION = "1.0"
FormatVersion = Annotated[str, Meta(pattern=r"^1\.[0-9]+$", description="Minor steps only add; refuse an unknown major")]


class Rows:
    """A member that is a list, converted element by element while it is written."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[object]) -> None:
        self.values = values


class Together(Protocol):
    """Elements of a list that may be written at once."""

    def text(self, between: str, fits: Callable[[str], bool]) -> str | None:
        """Their JSON, compactly, and what stands between two of them; None where each is to be written for itself.

        fits: whether a piece of JSON may stand as it is.
        """
        ...

    def elements(self) -> Iterable[object]:
        """Each for itself."""
        ...


@runtime_checkable
class ByForm(Together, Protocol):
    """Elements of which others are alike, but for texts that are plain (``holes.py``): for whoever writes no JSON."""

    def by_form(self) -> Iterable[tuple[Marked, tuple[Any, ...]]]:
        """Each as what it has in common with others, and the values that stand at the marks."""
        ...


class RowsTogether(Rows):
    """A list whose elements come several at a time."""

    __slots__ = ("together",)

    def __init__(self, together: Iterable[Together]) -> None:
        super().__init__(element for one in together for element in one.elements())
        self.together = together


class Sealable(Together, Protocol):
    """Elements whose part of a checksum may be told at once, too."""

    def sealed(self) -> bytes | None:
        """Their JSON, compactly and with sorted members, a line each; None where each is to be taken in for itself."""
        ...


class RowsSealable(RowsTogether):
    """The same, in a document that ends with a checksum."""

    __slots__ = ("sealable",)

    def __init__(self, sealable: Iterable[Sealable]) -> None:
        super().__init__(sealable)
        self.sealable = sealable


Members = Iterable[tuple[str, object]]


def taken(value: object, kind: type[T]) -> T:
    """A value of the model as the contract has it, or of the contract as the model has it."""
    return msgspec.convert(value, kind, from_attributes=True, dec_hook=of_model)


def members(document: type[msgspec.Struct], source: object = None, **given: Any) -> Iterator[tuple[str, object]]:
    """The members of a document, in their order: what is given, in the contract's types; else the source's attribute of that name."""
    for field in _fields(document):
        value = field.constant or (given[field.name] if field.name in given else getattr(source, field.name))
        if field.optional and (value is None or value == ()):
            continue
        if field.element is not None:
            yield field.told, value if isinstance(value, Rows) else Rows(value if field.name in given else _each(value, field.element))
        else:
            yield field.told, value if field.name in given or field.constant else taken(value, field.kind)


def _each(values: Iterable[object], kind: type[object]) -> Iterator[object]:
    return (taken(value, kind) for value in values)


class _Field(NamedTuple):
    """A field of a document. element: of a list that is written element by element; constant: what always stands there."""

    name: str
    told: str
    kind: type[object]
    element: type[object] | None
    constant: str | None
    optional: bool


@lru_cache
def _fields(document: type[msgspec.Struct]) -> tuple[_Field, ...]:
    return tuple(
        _Field(field.name, field.encode_name, field.type, element_of(field), _constant(field), not field.required)
        for field in fields(document)
    )


def element_of(field: FieldInfo) -> type[object] | None:
    """What a list is of that is written and read element by element; None for any other member."""
    if any(isinstance(note, Meta) and (note.extra or {}).get("lines") for note in getattr(field.type, "__metadata__", ())):
        found: type[object] = get_args(get_args(field.type)[0])[0]
        return found
    return None


def _constant(field: FieldInfo) -> str | None:
    """What stands in a member that has one value only, such as kind."""
    if field.name == "format_version":
        return FORMAT_VERSION
    return str(get_args(field.type)[0]) if field.name == "kind" and get_origin(field.type) is Literal else None
