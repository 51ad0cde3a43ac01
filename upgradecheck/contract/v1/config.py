"""The configuration in force as JSON. (The schema of a configuration file is made of the options themselves: ``config --schema``.)"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from upgradecheck.contract.parts import FormatVersion, Lines, Part, members, said
from upgradecheck.model.configuration import ConfigurationInForce, Origin


class OptionJson(Part, frozen=True, kw_only=True, rename={"origin": "from"}):
    """One option of one command."""

    command: str
    option: str
    value: Annotated[str | tuple[str, ...] | bool | int | None, said("As it would be typed; null where there is none")]
    origin: Origin
    place: Annotated[str | None, said("The variable, or the place in the file; left out of a default")] = None
    variable: Annotated[str | None, said("The variable that can set it; left out where none can")] = None


class ConfigJson(Part, frozen=True):
    """What upgradecheck config -o json prints."""

    format_version: FormatVersion
    kind: Literal["Configuration"]
    file: Annotated[str | None, said("The configuration file that is read; null for none")]
    default_file: Annotated[str | None, said("Where one is looked for that nobody names; null where there is no such place")]
    options: Lines[OptionJson]


DOCUMENT = ConfigJson


def of(found: ConfigurationInForce) -> Iterator[tuple[str, object]]:
    """The members of it, option by option."""
    return members(ConfigJson, found)
