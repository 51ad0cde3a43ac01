"""What a field of a KubeletConfiguration holds, and what a file has written there: where these do not go together, no kubelet decodes it.

Mirrors how encoding/json and the types' own decoders read KubeletConfiguration in k8s.io/kubelet/config/v1beta1/types.go.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.patterns import pattern

Value = str | int | float | bool | None
"""A field's value, where it is a word, a number or a list of words (with commas between them, as flags have it); None of anything else that
is set. A list or a map of nothing is an empty word; a map that is read is one as flags have it (``memory.available<100Mi``)."""

_PARTS = pattern(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")
_DURATION = pattern(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


_NO_LENGTH = ("0", "+0", "-0")
_LONGEST = (1 << 63) / 1e9
"""Seconds: a duration is nanoseconds of 64 bits."""


def measured(value: Value) -> float | None:
    """A number as it is, a duration as Go writes it (``1m30s``) in seconds; None of what is neither."""
    if isinstance(value, str) and _DURATION.fullmatch(value):
        told = sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(value))
        return -told if value.startswith("-") else told
    if isinstance(value, str) and value in _NO_LENGTH:
        return 0.0
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def same(one: Value, other: Value) -> bool:
    """Whether two values are one to a kubelet: 100ms is 0.1s; a switch is no number."""
    if isinstance(one, str) and isinstance(other, str):
        lengths = measured(one), measured(other)
        return one == other if None in lengths else lengths[0] == lengths[1]
    return one == other


class Kind(Enum):
    """What a field holds in a minor: what else is written there is not decoded.

    NUMBER and LONG are whole, of 32 and of 64 bits; NATURAL is of 32 and has no sign. LENGTH is no pointer: its own decoder is given null,
    too, which is no duration. LENGTH_OR_NUMBER may be nanoseconds. QUANTITY is a text or a number. LIST and MAP are of texts, NUMBERS one
    of numbers, RECORDS one of maps, SWITCHES and QUANTITIES are maps of those, LISTS a map of lists, STRUCTURE a map of fields.
    """

    SWITCH = "switch"
    NUMBER = "number"
    LONG = "long"
    NATURAL = "natural"
    FRACTION = "fraction"
    LENGTH = "length"
    LENGTH_OR_NULL = "length-or-null"
    LENGTH_OR_NUMBER = "length-or-number"
    QUANTITY = "quantity"
    WORD = "word"
    LIST = "list"
    NUMBERS = "numbers"
    RECORDS = "records"
    MAP = "map"
    SWITCHES = "switches"
    QUANTITIES = "quantities"
    LISTS = "lists"
    STRUCTURE = "structure"


KINDS = {
    Kind.SWITCH: "true or false",
    Kind.NUMBER: "a whole number of 32 bits",
    Kind.LONG: "a whole number of 64 bits",
    Kind.NATURAL: "a whole number of 32 bits without a sign",
    Kind.FRACTION: "a number",
    Kind.LENGTH: "a duration such as 1m30s",
    Kind.LENGTH_OR_NULL: "a duration such as 1m30s",
    Kind.LENGTH_OR_NUMBER: "a duration such as 1m30s, or a number of nanoseconds",
    Kind.QUANTITY: "a quantity such as 500m or 2Gi",
    Kind.WORD: "a text",
    Kind.LIST: "a list of texts",
    Kind.NUMBERS: "a list of whole numbers",
    Kind.RECORDS: "a list of maps",
    Kind.MAP: "a map of texts, numbers in quotes",
    Kind.SWITCHES: "a map of true and false",
    Kind.QUANTITIES: "a map of quantities such as 2Gi",
    Kind.LISTS: "a map of lists of texts",
    Kind.STRUCTURE: "a map of its fields",
}


class Form(Enum):
    """What is written somewhere in a file, as JSON has it."""

    SWITCH = "switch"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    MAP = "map"
    NULL = "null"


class Written(msgspec.Struct, frozen=True, gc=False):
    """A list or a map that a file has for a field, or anything that is not read: its form, and those of its members but null.

    Null, and a map of nothing where fields are wanted (fields: False), set nothing, but are read, too.
    """

    form: Form
    members: tuple[Form, ...] = ()
    fields: bool = True


_ONE = {
    Kind.SWITCH: (Form.SWITCH,),
    Kind.NUMBER: (),  # one that is not told is not whole, or has more digits than 64 bits have
    Kind.LONG: (),
    Kind.NATURAL: (),
    Kind.FRACTION: (Form.NUMBER,),
    Kind.LENGTH: (Form.TEXT,),
    Kind.LENGTH_OR_NULL: (Form.TEXT,),
    Kind.LENGTH_OR_NUMBER: (Form.TEXT, Form.NUMBER),
    Kind.QUANTITY: (Form.TEXT, Form.NUMBER),
    Kind.WORD: (Form.TEXT,),
}
"""How one value is written."""
_SEVERAL = {
    Kind.LIST: (Form.LIST, (Form.TEXT,)),
    Kind.NUMBERS: (Form.LIST, (Form.NUMBER,)),
    Kind.RECORDS: (Form.LIST, (Form.MAP,)),
    Kind.MAP: (Form.MAP, (Form.TEXT,)),
    Kind.SWITCHES: (Form.MAP, (Form.SWITCH,)),
    Kind.QUANTITIES: (Form.MAP, (Form.TEXT, Form.NUMBER)),
    Kind.LISTS: (Form.MAP, (Form.LIST,)),
    Kind.STRUCTURE: (Form.MAP, tuple(Form)),
}
"""How several are, and their members."""
_LENGTHS = (Kind.LENGTH, Kind.LENGTH_OR_NULL, Kind.LENGTH_OR_NUMBER)
_RANGES = {
    Kind.NUMBER: (-(1 << 31), 1 << 31),
    Kind.LONG: (-(1 << 63), 1 << 63),
    Kind.LENGTH_OR_NUMBER: (-(1 << 63), 1 << 63),
    Kind.NATURAL: (0, 1 << 32),
}


def is_of_kind(value: Value, kind: Kind, written: Written | None = None) -> bool:
    """Whether a field of a kind can hold what a file says. written: where that is no plain value; what is not known may be anything.

    What quantities say is not looked at here.
    """
    if written is not None:
        return _is_written_so(kind, written)
    if value is None:
        return True
    if isinstance(value, bool):
        return kind is Kind.SWITCH
    if isinstance(value, str):
        return kind in (Kind.WORD, Kind.QUANTITY) or (kind in _LENGTHS and _is_length(value))
    if kind in _RANGES:  # 10.0 and 1e2 are no whole numbers in JSON; where YAML has them, Go makes 10 and 100 of it
        least, above = _RANGES[kind]
        return isinstance(value, int) and least <= value < above
    return kind in (Kind.FRACTION, Kind.QUANTITY)


def _is_length(text: str) -> bool:
    told = measured(text)
    return text in _NO_LENGTH or (told is not None and abs(told) < _LONGEST)


def _is_written_so(kind: Kind, written: Written) -> bool:
    if written.form is Form.NULL:
        return kind is not Kind.LENGTH
    if kind in _LENGTHS and written.form is Form.TEXT:  # whatever a duration is written with is read
        return False
    if kind in _ONE:
        return written.form in _ONE[kind] and not written.members
    form, members = _SEVERAL[kind]
    return written.form is form and set(written.members) <= set(members)
