"""Containers decoded once, by the types of all minors that are asked about, and written as the newest of them writes them.

Fields come from minor to minor, and none go or change their order (is_extended): so all minors write the same where none of the names that
came after the oldest of them stands in the text, or where it, which drops them, writes what the newest does. And where all that was written
is all that was read, quote by quote, no key came twice, which msgspec would not tell (see gates). Nothing is written that was not read:
what lacks a member that is written though it is empty is not taken, nor is a number that would become a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.shapes import is_extended, json_fields, resolved
from upgradecheck.hashing.fast.structs import Meant, Structs, decode_hook, text_hook
from upgradecheck.hashing.fast.written import Writer, Written
from upgradecheck.model.schema import Era, Schema

_ROOT = "Container"


class Newest:
    """Writes what most minors write alike.

    only_grow: no minor has a field that the newest has not, so that what is said here holds. struct: what is taken.
    """

    def __init__(self, schemas: Sequence[Schema]) -> None:
        """schemas: of all minors that are asked about."""
        ordered = sorted(dict.fromkeys(schemas), key=lambda one: one.minor, reverse=True)
        structs = Structs(ordered, complete=True)
        self._decoder, self._writer = _made(structs, text_hook)
        self.struct = structs.root(_ROOT)
        writing = [one for one in ordered if one.era is Era.JSON]
        self.only_grow = all(is_extended((one, one.roots[_ROOT]), (ordered[0], ordered[0].roots[_ROOT])) for one in writing)
        self._later = tuple(dict.fromkeys(_came_after(writing[-1], structs))) if writing else ()
        self._oldest = _made(Structs(writing[-1:]), decode_hook) if writing else None

    def taken(self, lists: Sequence[bytes]) -> list[list[Any]]:
        """The containers of some lists.

        Raises:
            MsgspecError: one of the minors may not take them, or a quantity is a number.
        """
        return [self._decoder.decode(raw) if raw else [] for raw in lists]

    def written(self, lists: Sequence[bytes], taken: Sequence[list[Any]]) -> Written | None:
        """What the newest writes of them; None where a key may come twice."""
        written = Written(self._writer, [one for several in taken for one in several])
        text = b"".join(written.wholes)
        return None if gates.loses_quotes(lists, text) else written

    def is_alike(self, written: Written, lists: Sequence[bytes]) -> bool:
        """Whether all minors of the json era write of some lists what the newest writes.

        Raises:
            MsgspecError: the oldest does not take them.
        """
        if self._oldest is None:
            return True
        text = b"".join(lists)
        for name in self._later:
            if name in text:
                break
        else:
            return True
        decoder, writer = self._oldest
        return Written(writer, [one for raw in lists if raw for one in decoder.decode(raw)]).wholes == written.wholes


def _made(structs: Structs, hook: Callable[[type, Any], Any]) -> tuple[msgspec.json.Decoder[list[Any]], Writer]:
    struct = structs.root(_ROOT)
    return msgspec.json.Decoder(list[struct], dec_hook=hook), Writer(struct)  # type: ignore[valid-type]


def _came_after(old: Schema, structs: Structs) -> Iterator[bytes]:
    """The names, in quotes, of fields that others know and an older minor does not; not of those within these."""
    reached = [(resolved(old, old.roots[_ROOT]), structs.meant(_ROOT))]
    met = set[Meant]()
    while reached:
        expression, meant = reached.pop()
        inner, inside = _struct_in(old, expression), _inside(meant)
        if inner is None or inside is None or inside in met:
            continue
        met.add(inside)
        known = {one.json: one for one in json_fields(old, old.types[inner])}
        for name, (_, types) in structs.members(inside).items():
            if name in known:
                reached.append((known[name].type, types))
            else:
                yield f'"{name}"'.encode()


def _inside(meant: Meant) -> Meant | None:
    """The structs that a type is, points to or holds; None where there are none."""
    found = tuple((one, _struct_in(one, expression)) for one, expression in meant)
    structs = tuple((one, expression) for one, expression in found if expression is not None)
    return structs if len(structs) == len(found) else None


def _struct_in(schema: Schema, expression: str) -> str | None:
    expression = resolved(schema, expression)
    while expression.startswith(("*", "[]", "map[")):
        inner = expression.partition("]")[2] if expression.startswith("map[") else expression.removeprefix("*").removeprefix("[]")
        expression = resolved(schema, inner)
    definition = schema.types.get(expression)
    return None if definition is None or definition.codec or definition.kind != "struct" else expression
