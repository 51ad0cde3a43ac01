"""``upgradecheck schema``: the JSON Schemas of the reports, as they ship with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upgradecheck.cli.completion import complete_schema
from upgradecheck.cli.options import Debug, Quiet, Verbose
from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from importlib.abc import Traversable

_ENDING = ".schema.json"

EPILOG = """\
\b
Examples:
  upgradecheck schema
  upgradecheck schema plan > plan.schema.json
"""


def schema_command(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="The report, such as plan. [default: list the names]", show_default=False, autocompletion=complete_schema
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """The JSON Schema of a report that -o json and -o yaml write; without a name, the names."""
    from upgradecheck.cli.session import write_stdout

    context.obj.start_logging()
    names = schema_names()
    if name is None:
        write_stdout("".join(f"{known}\n" for known in names))
        return 0
    if name not in names:
        raise UsageError(f"schema {name!r}: not known, wanted one of {', '.join(names)}.")
    write_stdout((_folder() / f"{name}{_ENDING}").read_text(encoding="utf-8"))
    return 0


def schema_names() -> tuple[str, ...]:
    """The reports that have a schema, sorted; found by their files."""
    return tuple(sorted(entry.name.removesuffix(_ENDING) for entry in _folder().iterdir() if entry.name.endswith(_ENDING)))


def _folder() -> Traversable:
    from importlib.resources import files

    return files("upgradecheck.renderers") / "schemas"
