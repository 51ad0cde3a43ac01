"""Manual pages, made of what commands declare, as the help is: one for the program, one for each command (``upgradecheck-plan.1``).

They are written when the wheel is built (``deploy/build/hook.py``), so they are never older than the program. Like the help they need
nothing that is not part of Python.
"""

from __future__ import annotations

from upgradecheck import __doc__ as summary
from upgradecheck import __version__
from upgradecheck.cli import menu
from upgradecheck.model.exit_codes import MEANING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from upgradecheck.cli.declaring import OptionField
    from upgradecheck.cli.verb import Verb

_PROGRAM = "upgradecheck"


def pages() -> dict[str, str]:
    """All pages by the names of their files."""
    every = {_file(()): "".join(_of_program())}
    every.update({_file(words): "".join(_of_command(words)) for words in menu.every_command()})
    return every


def _file(words: Sequence[str]) -> str:
    return f"{_title(words)}.1"


def _title(words: Sequence[str]) -> str:
    return "-".join((_PROGRAM, *words))


def _of_program() -> Iterator[str]:
    yield from _head((), summary or "")
    yield f".SH SYNOPSIS\n.B {_PROGRAM}\nCOMMAND [OPTIONS]\n.br\n.B kubectl {_PROGRAM}\nCOMMAND [OPTIONS]\n"
    yield ".SH COMMANDS\n"
    for words in menu.every_command():
        yield f".TP\n.BR {_escaped(_title(words))} (1)\n{_escaped(menu.short_help(words))}\n"
    yield ".SH EXIT STATUS\n"
    for code, meaning in (*MEANING.items(), ("64", "usage error"), ("130, 143", "interrupted")):
        yield f".TP\n.B {code}\n{_escaped(meaning)}\n"
    yield ".PP\nThe worst that applies wins: 1, then 2, 3, 4, 0.\n"


def _of_command(words: tuple[str, ...]) -> Iterator[str]:
    from upgradecheck.cli.verb import verb

    told = verb(words)
    yield from _head(words, menu.short_help(words))
    arguments = " ".join(field.told.metavar for field in told.fields if field.is_argument)
    yield f".SH SYNOPSIS\n.B {_escaped(' '.join((_PROGRAM, *words)))}\n[OPTIONS] {_escaped(arguments)}\n".replace(" \n", "\n")
    yield f".SH DESCRIPTION\n{_escaped(_one_line(told.run.__doc__ or ''))}\n"
    yield from _options(told)
    if told.epilog:
        yield f".SH NOTES\n.nf\n{_escaped(told.epilog.rstrip())}\n.fi\n"
    yield f".SH SEE ALSO\n.BR {_PROGRAM} (1)\n"


def _head(words: Sequence[str], short: str) -> Iterator[str]:
    title = _title(words)
    yield f'.TH "{_escaped(title.upper())}" 1 "" "{_PROGRAM} {__version__}" "{_PROGRAM}"\n'
    yield f".SH NAME\n{_escaped(title)} \\- {_escaped(_one_line(short).rstrip('.'))}\n"


def _options(told: Verb) -> Iterator[str]:
    yield ".SH OPTIONS\n"
    for group in told.groups:
        if not group.fields:
            continue
        yield f".SS {_escaped(group.title)}\n"
        for field in group.fields:
            yield f".TP\n{_names(field)}\n{_escaped(' '.join((field.help(told.shows), *_beside(field))))}\n"


def _names(field: OptionField) -> str:
    if field.is_argument:
        return f".I {_escaped(field.told.metavar)}"
    names = ", ".join(sorted(field.told.names, key=len))
    value = "" if field.is_flag else f" {field.told.metavar or '|'.join(field.choices)}"
    return f'.B "{_escaped(names + value)}"'


def _beside(field: OptionField) -> Iterator[str]:
    if field.shown_default:
        yield f"Default: {field.shown_default}."
    if field.is_required:
        yield "Required."
    if field.variable is not None:
        yield f"Environment: {field.variable}."
    if field.negation is not None:
        yield f"Taken back by {field.negation}."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """What roff would take for its own: backslashes, hyphens (which it makes typographic), quotes, and points that begin a line."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("'", "\\(aq")
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in safe.split("\n"))
