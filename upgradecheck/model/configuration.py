"""What is in force of the options of commands, and where it comes from."""

from __future__ import annotations

from enum import Enum

import msgspec


class Origin(Enum):
    """Where an option's value comes from, beside the command line, which wins over all of these; the last of them wins over the others."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


class OptionInForce(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One option of one command, by its long name. place: the variable, or the place in the file; value is None where there is none."""

    command: str
    option: str
    value: str | tuple[str, ...] | bool | int | None
    origin: Origin
    place: str | None = None
    variable: str | None = None


class ConfigurationInForce(msgspec.Struct, frozen=True, gc=False):
    """The file that is read, None where none is; default_file: where one is looked for; and what is in force."""

    file: str | None
    default_file: str | None
    options: tuple[OptionInForce, ...]
