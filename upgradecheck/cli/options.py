"""Options that commands share, and how the text of an option becomes a value.

Each option can be set in the environment as UPGRADECHECK_<OPTION>; the flag wins. There, values of a repeatable option stand
side by side with blanks between them.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import typer

from upgradecheck.cli.completion import complete_format
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError


def option(*names: str, **settings: Any) -> Any:
    """A typer option whose environment variable is named after its long name."""
    long = next(name for name in names if name.startswith("--"))
    return typer.Option(*names, envvar="UPGRADECHECK_" + long[2:].replace("-", "_").upper(), show_envvar=False, **settings)


class Color(str, Enum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def _debug(context: typer.Context, value: bool) -> bool:
    _session(context).debug = value
    return value


def _quiet(context: typer.Context, value: bool) -> bool:
    _session(context).quiet = value
    return value


def _verbose(context: typer.Context, value: int) -> int:
    _session(context).verbosity = value
    return value


def _session(context: typer.Context) -> Session:
    session = context.obj
    assert isinstance(session, Session)
    return session


Files = Annotated[
    list[str] | None,
    option(
        "--filename", "-f", metavar="FILE|DIR|-", help="Read this file, directory or (-) standard input. Repeatable.", show_default=False
    ),
]
Recursive = Annotated[bool, option("--recursive", "-R", help="Read directories with all that is below them.")]
Outputs = Annotated[
    list[str] | None,
    option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="Show the result in this format, on standard output or in FILE: table, json, yaml, csv, markdown; "
        "some results also wide, name. Repeatable. [default: table]",
        show_default=False,
        autocompletion=complete_format,
    ),
]
ColorChoice = Annotated[Color, option("--color", help="Colour; auto: on a terminal, unless NO_COLOR is set.")]
NoProgress = Annotated[bool, option("--no-progress", help="Show no progress on the terminal.")]
Quiet = Annotated[bool, option("--quiet", "-q", help="No progress and no remarks; errors only.", callback=_quiet)]
Verbose = Annotated[
    int,
    option("--verbose", "-v", count=True, help="Say more on standard error; twice for more still.", callback=_verbose, show_default=False),
]
Debug = Annotated[bool, option("--debug", help="Log everything, and show tracebacks.", callback=_debug)]


def many(values: list[str] | None) -> tuple[str, ...]:
    """A repeatable option's values."""
    return tuple(values or ())


def comma_lists(name: str, values: list[str] | None) -> tuple[str, ...]:
    """A repeatable option's values, each of which may be a list with commas.

    Raises:
        UsageError: an element is empty.
    """
    elements = tuple(element.strip() for value in values or () for element in value.split(","))
    if not all(elements):
        raise UsageError(
            f"{name} {','.join(values or ())!r}: an element of the list is empty. Write it as {name} A,B or {name} A {name} B."
        )
    return elements


def percentage(name: str, text: str | None) -> float | None:
    """A share from 0 to 100, with or without ``%``.

    Raises:
        UsageError: it is something else.
    """
    if text is None:
        return None
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise UsageError(f"{name} {text!r}: a percentage from 0 to 100 is wanted, such as {name} 95.")
    return number


def seconds(name: str, text: str) -> float:
    """A duration such as ``30s``, ``5m`` or ``1h``; a bare number is seconds.

    Raises:
        UsageError: it is something else, or nothing.
    """
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    number = text[:-1] if unit else text
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 9):
        raise UsageError(f"{name} {text!r}: a duration is wanted, such as {name} 30s or {name} 5m.")
    return float(int(number) * (unit or 1))


def check_input(files: tuple[str, ...], *, example: bool, live: bool = False) -> None:
    """That there is something to read; live: without files it is the cluster.

    Raises:
        UsageError: no input is given, or one that excludes another.
    """
    if example and files:
        raise UsageError("--example and -f exclude each other: the example brings its own input. Leave one of them out.")
    if not (example or files or live):
        raise UsageError(
            "no input: this command does not read the live cluster. Give what was dumped from it with -f"
            " (kubectl get pods -A -o json > pods.json; then -f pods.json), or try --example."
        )
