"""Which value each option would have if its command were run now without it, and where that comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from upgradecheck.cli.configured import Configured, FileValue, default_file
from upgradecheck.cli.declaring import OptionField
from upgradecheck.cli.verb import Verb
from upgradecheck.model.configuration import ConfigurationInForce, OptionInForce, Origin

Value = str | tuple[str, ...] | bool | int | None


def in_force(file: Configured, verbs: Iterable[Verb], *, defaults: bool) -> ConfigurationInForce:
    """Of all options of these commands; defaults: also of those that nobody has set."""
    options = (one for told in verbs for one in _of(told, file))
    return ConfigurationInForce(file.file, default_file(), tuple(one for one in options if defaults or one.origin is not Origin.DEFAULT))


def _of(told: Verb, file: Configured) -> Iterator[OptionInForce]:
    says = file.of(told)
    for field in told.fields:
        if not field.is_argument:
            value, origin, place = _value(field, says.get(field.name))
            yield OptionInForce(
                command=" ".join(told.words), option=field.long, value=value, origin=origin, place=place, variable=field.variable
            )


def _value(field: OptionField, said: FileValue | None) -> tuple[Value, Origin, str | None]:
    given = os.environ.get(field.variable, "") if field.variable is not None else ""
    if given:
        return tuple(given.split()) if field.is_many else given, Origin.ENVIRONMENT, field.variable
    if said is not None:
        return _plain(said.value), Origin.FILE, said.place
    return None if field.is_required else _plain(field.default), Origin.DEFAULT, None


def _plain(value: Any) -> Value:
    """As it would be typed."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (list, tuple, frozenset)):
        return tuple(map(str, value))
    if isinstance(value, (bool, int)) or value is None:
        return value
    return str(value)
