"""What ``--help`` prints, made of what the commands declare; typer, which reads the command line, has no part in it.

So it answers before typer is imported, is the same under every release of typer, and heads options by their groups.
"""

from __future__ import annotations

import os
import sys

from upgradecheck import __doc__ as summary
from upgradecheck.cli import menu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from upgradecheck.cli.declaring import OptionField
    from upgradecheck.renderers import Document

HELP_NAMES = ("-h", "--help")
_HELP = ("-h, --help", "Show this message and exit.")
_ROOT_OPTIONS = (
    ("--version", "Show the program's version and exit."),
    ("--install-completion", "Install completion for the current shell."),
    ("--show-completion", "Show completion for the current shell, to copy it or customize the installation."),
    _HELP,
)
_TAKEN_BACK = "A flag that the environment or a configuration file has set is taken back by its name behind --no-, such as --no-quiet."
_WIDEST = 80
_FIRST_COLUMN = 30
_NARROW = 64
_FIRST_OF_FEW = 20
"""Where there are few columns, so that the name of a variable fits beside it."""


def help_of(words: Sequence[str]) -> str:
    """The help of the command that some words name; without words that of the program."""
    return "\n".join((*(_menu(words) if menu.is_menu(words) else _command(tuple(words))), ""))


def _menu(words: Sequence[str]) -> Iterator[str]:
    module = menu.module(words)
    yield f"Usage: {' '.join(('upgradecheck', *words))} [OPTIONS] COMMAND [ARGS]..."
    yield from _paragraph(module.HELP if words else summary or "")
    yield from _table("Options", [_HELP] if words else _ROOT_OPTIONS)
    yield from _table("Commands", [(name, menu.short_help((*words, name))) for name in menu.commands(words)])
    yield from _verbatim(module.EPILOG)


def _command(words: tuple[str, ...]) -> Iterator[str]:
    from upgradecheck.cli.verb import verb

    told = verb(words)
    arguments = [field for field in told.fields if field.is_argument]
    yield " ".join(("Usage: upgradecheck", *words, "[OPTIONS]", *(field.told.metavar for field in arguments)))
    for paragraph in (told.run.__doc__ or "").split("\n\n"):
        yield from _paragraph(paragraph)
    tables = [("Arguments", [(field.told.metavar, field.told.help) for field in arguments])]
    tables += [(group.title, [_row(field, told.shows) for field in group.fields if not field.is_argument]) for group in told.groups]
    tables[-1][1].append(_HELP)
    column = _column(row for _, rows in tables for row in rows)
    for title, rows in tables:
        yield from _table(title, rows, column)
    if any(field.negation for field in told.fields):
        yield from _paragraph(_TAKEN_BACK)
    yield from _verbatim(told.epilog)


def _row(field: OptionField, shows: Document | None) -> tuple[str, str]:
    """``-f, --filename FILE``, and what it does."""
    names = ", ".join(sorted(field.told.names, key=len))
    names += "" if field.is_flag else f" {field.told.metavar or '|'.join(field.choices)}"
    beside = [f"default: {field.shown_default}"] if field.shown_default else []
    beside += [f"at least {field.told.least}"] if field.told.least is not None else []
    beside += ["required"] if field.is_required else []
    beside += [f"${field.variable}"] if field.variable is not None else []
    return names, " ".join((field.help(shows), *(f"[{each}]" for each in beside)))


def _paragraph(text: str) -> Iterator[str]:
    yield ""
    yield from _wrapped(text, "  ", "  ")


def _table(title: str, rows: Sequence[tuple[str, str]], column: int | None = None) -> Iterator[str]:
    """Two columns under a heading; what is too long for the first one stands on a line of its own."""
    if not rows:
        return
    yield ""
    yield f"{title}:"
    column = _column(rows) if column is None else column
    margin = " " * (column + 4)
    for first, second in rows:
        if len(first) > column:
            yield f"  {first}"
        yield from _wrapped(second, f"  {first.ljust(column)}  " if len(first) <= column else margin, margin)


def _column(rows: Iterable[tuple[str, str]]) -> int:
    return min(max(len(first) for first, _ in rows), _FIRST_COLUMN if _width() > _NARROW else _FIRST_OF_FEW)


def _verbatim(text: str) -> Iterator[str]:
    lines: Iterable[str] = text.rstrip("\n").split("\n") if text else ()
    yield from ("", *(f"  {line}" if line else "" for line in lines)) if text else ()


def _wrapped(text: str, first: str, others: str) -> Iterator[str]:
    width = _width()
    line = first
    fresh = True
    for word in text.split():
        if not fresh and len(line) + 1 + len(word) > width:
            yield line
            line, fresh = others, True
        line += word if fresh else f" {word}"
        fresh = False
    yield line


def _width() -> int:
    """The terminal's width, as COLUMNS or the terminal says, but no wider than one reads well."""
    told = os.environ.get("COLUMNS", "")
    try:
        columns = int(told) if told.isdigit() and int(told) else os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    except (OSError, AttributeError, ValueError):
        columns = _WIDEST
    return max(min(columns or _WIDEST, _WIDEST) - 2, 50)
