"""A configuration file, read: what it says of options, not yet what they make of it, which is for those who declare options to say.

    options:                     # of every command that has them
      color: never
    commands:                    # of one command; wins over options
      plan:
        max-restarts: 5%

YAML as Go reads it, or JSON; options are called as on the command line, without the dashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.decode.yaml.own import own_json
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.wording import meant

_MEMBERS = ("options", "commands")
_WHOLE = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_OPTIONS = msgspec.json.Decoder(dict[str, Any] | None)
_COMMANDS = msgspec.json.Decoder(dict[str, dict[str, Any] | None] | None)


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """Values by the names of options: those of every command, and those of single commands, which are called by their words."""

    options: Mapping[str, Any] = {}
    commands: Mapping[str, Mapping[str, Any]] = {}


def read_configuration(document: bytes) -> Configuration:
    """What a file says; an empty one says nothing.

    Raises:
        SpecRefused: it is no YAML, or no configuration; the path says where.
    """
    whole = typed(_WHOLE, own_json(document)) or {}
    for name in whole:
        if name not in _MEMBERS:
            raise SpecRefused(f"is not known here, wanted {' or '.join(_MEMBERS)}.{meant(name, _MEMBERS)}", name)
    options = typed(_OPTIONS, whole.get("options", msgspec.Raw(b"null")), "options")
    commands = typed(_COMMANDS, whole.get("commands", msgspec.Raw(b"null")), "commands")
    return Configuration(options or {}, {name: values or {} for name, values in (commands or {}).items()})
