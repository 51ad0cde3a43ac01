"""Options with their values and where these come from; those of several commands that agree in a line."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.configuration import ConfigurationInForce, OptionInForce, Origin
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import Page, columns
from upgradecheck.renderers.media.plain import name

_TITLES = ("COMMAND", "OPTION", "VALUE", "FROM")
_MOST_COMMANDS = 3


def render(found: ConfigurationInForce, canvas: Canvas) -> Iterator[str]:
    """The file, then the table."""
    page = Page(canvas)
    page.paragraph(_file(found))
    merged: dict[tuple[object, ...], list[OptionInForce]] = {}
    for one in found.options:
        merged.setdefault((one.option, one.value, one.origin, one.place), []).append(one)
    if merged:
        page.blank()
        columns(page, (_TITLES, *map(_row, merged.values())))
    else:
        page.paragraph("No option is set by it or by the environment.")
    yield page.take()


def _file(found: ConfigurationInForce) -> str:
    if found.file is not None:
        return f"Configuration file: {name(found.file)}"
    looked = f"; one at {name(found.default_file)} would be read" if found.default_file else ""
    return f"Configuration file: none{looked}"


def _row(same: list[OptionInForce]) -> tuple[str, ...]:
    one = same[0]
    commands = ", ".join(each.command for each in same) if len(same) <= _MOST_COMMANDS else count(len(same), "command")
    place = one.origin.value if one.place is None else f"{one.origin.value}: {name(one.place)}"
    return commands, one.option, _value(one.value), place if one.origin is not Origin.DEFAULT else "default"


def _value(value: str | tuple[str, ...] | bool | int | None) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(name, value)) if isinstance(value, tuple) else name(str(value))
