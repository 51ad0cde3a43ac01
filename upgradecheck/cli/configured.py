"""A configuration file against the options that commands declare: which value each of them gets, in the form in which it would be typed.

The file is the one that ``--config`` (or its variable) names, else the user's own, at one place that does not hang on where the command is
run: a file that happens to lie in a working directory could set ``--exit-zero``, and open somebody's gate. What a file or the environment
sets of what is counted or judged is told on stderr at every run, also with ``--quiet``, which these can set too (``deciding_options``).

A file is checked as a whole, for all commands: a name that is mistyped for one of them would be passed over in silence by all others.
Options that must be typed (``--confirm``, ``--force``) have no variable, and none of them stands in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from upgradecheck.cli import menu
from upgradecheck.cli.declaring import OptionField
from upgradecheck.cli.verb import Verb, verb
from upgradecheck.model.errors import InputError, SpecRefused, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from upgradecheck.formats.configuration import Configuration

NO_FILE = "none"
_LARGEST = 1 << 20
_OPTION = "--config"


class FileValue(NamedTuple):
    """What a file says of an option, as it would be typed, and where in the file that stands."""

    value: Any
    place: str


class Configured:
    """The configuration file of a run, checked."""

    def __init__(self, file: str | None = None, says: Configuration | None = None) -> None:
        self.file, self._says = file, says

    def of(self, told: Verb) -> Mapping[str, FileValue]:
        """By the names of fields, what the file sets of a command's options."""
        if self._says is None:
            return {}
        command = " ".join(told.words)
        found = {}
        for name, field in settable(told).items():
            for options, place in ((self._says.commands.get(command, {}), f"commands.{command}"), (self._says.options, "options")):
                if name in options:
                    found[field.name] = FileValue(self._beside(field, typed_value(field, options[name])), f"{place}.{name}")
                    break
        return found

    def _beside(self, field: OptionField, value: Any) -> Any:
        """Files are looked for beside the configuration file that names them, wherever the command is run."""
        if not field.is_path or self.file is None:
            return value
        folder = os.path.dirname(os.path.abspath(self.file))  # noqa: PTH100, PTH120
        path = _named_path if field.is_named else _path
        return [path(folder, each) for each in value] if field.is_many else path(folder, value)


def _named_path(folder: str, text: str) -> str:
    """``NAME=FILE`` with the file's place."""
    name, sign, file = text.rpartition("=")
    return f"{name}{sign}{_path(folder, file)}"


def _path(folder: str, text: str) -> str:
    """``-`` and URLs as they are."""
    return text if text == "-" or "://" in text else os.path.join(folder, os.path.expanduser(text))  # noqa: PTH111, PTH118


def default_file() -> str | None:
    """Where a user's own file is looked for; None where there is no such place."""
    if os.name == "nt":
        base = os.environ.get("APPDATA", "")
    else:
        base = os.environ.get("XDG_CONFIG_HOME", "")
        if not os.path.isabs(base):  # noqa: PTH117 - pathlib takes longer than all of this; a path that is relative is to be passed over
            base = os.path.join(os.path.expanduser("~"), ".config")  # noqa: PTH111, PTH118
    return os.path.join(base, "upgradecheck", "config.yaml") if os.path.isabs(base) else None  # noqa: PTH117, PTH118


def configured(named: str | None) -> Configured:
    """The file that is named, else the user's own if there is one.

    Raises:
        InputError: it cannot be read.
        UsageError: it holds something that is no option, or no value of one.
    """
    if named == NO_FILE:
        return Configured()
    file = named or default_file()
    if file is None or (not named and not os.path.lexists(file)):
        return Configured()
    says = _read(file)
    problems = list(_problems(says))
    if problems:
        whole = "\n  ".join(problems)
        raise UsageError(f'configuration file {file}: {whole}\n"upgradecheck config --schema" says what may stand in it.')
    return Configured(file, says)


def _read(file: str) -> Configuration:
    from upgradecheck.decode.guard import guarded
    from upgradecheck.entry import read_file
    from upgradecheck.formats.configuration import read_configuration

    try:
        raw = read_file(file, _LARGEST)
        return guarded(lambda: read_configuration(raw))
    except OSError as error:
        advice = f"Name one that can be read with {_OPTION}, or none with {_OPTION} {NO_FILE}."
        raise InputError(f"configuration file {file}: cannot be read ({error.strerror}). {advice}") from error
    except SpecRefused as error:
        raise UsageError(f'configuration file {file}: {error}\n"upgradecheck config --schema" says what may stand in it.') from None


def settable(told: Verb) -> Mapping[str, OptionField]:
    """The options of a command that a file can set, by the names that they have there."""
    return {field.long[2:]: field for field in told.fields if field.variable is not None and field.long != _OPTION}


def every_verb() -> Mapping[str, Verb]:
    """All commands that do something, by their words."""
    return {" ".join(words): verb(words) for words in menu.every_command()}


def _problems(says: Configuration) -> Iterator[str]:
    """All that is wrong with a file, each with its place."""
    from upgradecheck.model.wording import meant

    verbs = every_verb()
    by_command = {command: settable(told) for command, told in verbs.items()}
    every = {name for options in by_command.values() for name in options}
    for name, value in says.options.items():
        fields = [options[name] for options in by_command.values() if name in options]
        if not fields:
            yield f"options.{name}: {_no_option(name, verbs.values())}{meant(name, every)}"
        yield from dict.fromkeys(f"options.{name}: {problem}" for field in fields if (problem := _problem(field, value)))
    for command, values in says.commands.items():
        if command not in verbs:
            yield f"commands.{command}: no command is called so.{meant(command, verbs)}"
            continue
        known = by_command[command]
        for name, value in values.items():
            if name not in known:
                yield f"commands.{command}.{name}: {_no_option(name, [verbs[command]])}{meant(name, known)}"
            elif problem := _problem(known[name], value):
                yield f"commands.{command}.{name}: {problem}"


def _no_option(name: str, verbs: Any) -> str:
    if any(field.long == f"--{name}" for told in verbs for field in told.fields):
        return "stands in no file: it must be typed."
    return "no option is called so."


def _problem(field: OptionField, value: Any) -> str:
    """What is wrong with a value; empty for nothing."""
    try:
        typed_value(field, value)
    except ValueError as error:
        return f"{error}."
    return ""


def typed_value(field: OptionField, value: Any) -> Any:
    """A value of a file in the form in which the command line gives it.

    Raises:
        ValueError: it is none of this option; the text says what is wanted.
    """
    if field.told.counted or field.kind is int:
        if isinstance(value, bool) or not isinstance(value, int) or value < (field.told.least or 0):
            raise ValueError(f"expected a whole number{'' if field.told.least is None else f' from {field.told.least} on'}")
        return value
    if field.kind is bool:
        if not isinstance(value, bool):
            raise ValueError("expected true or false")
        return value
    if field.choices:
        if value not in field.choices:
            raise ValueError(f"expected one of {', '.join(field.choices)}")
        return field.kind(value)
    if field.is_many:
        if value == []:
            raise ValueError("is an empty list, which sets nothing: leave it out, or give it a value")
        return [_text(each, listed=isinstance(value, list)) for each in (value if isinstance(value, list) else [value])]
    return _text(value, decimal=field.kind is float)


def _text(value: Any, *, decimal: bool = False, listed: bool = False) -> str:
    if isinstance(value, float) and not decimal:
        raise ValueError("is a number to YAML, which reads 1.30 as 1.3: put it in quotes")
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError("has an empty element: leave it out" if listed else "has no value: leave it out, or give it one")
    if isinstance(value, bool):
        raise ValueError(f"expected a text, found {str(value).lower()}: put it in quotes if it is one")
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"expected {'texts' if listed else 'a text'}, found {'a list' if isinstance(value, list) else 'a map'}")
    return str(value)


def deciding_options(told: Verb, values: Mapping[str, Any]) -> tuple[OptionField, ...]:
    """The options on which hangs what is counted or judged, all but those that are declared to be aside; no flag that is not set."""
    return tuple(field for field in told.fields if not field.told.aside and values[field.name] not in (None, False))
