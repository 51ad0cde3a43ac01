"""``upgradecheck schema``: the JSON Schemas of the reports, as they ship with the program."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.options import Debug, Quiet, Verbose
from upgradecheck.model.errors import UsageError

EPILOG = """\
\b
Examples:
  upgradecheck schema
  upgradecheck schema plan > plan.schema.json
"""


def schema_command(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The report, such as plan. [default: list the names]", show_default=False)
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """The JSON Schema of a report that -o json and -o yaml write; without a name, the names."""
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.renderers.schemas import schema_names, schema_text

    context.obj.start_logging()
    if name is None:
        write_stdout("".join(f"{known}\n" for known in schema_names()))
        return 0
    if name not in schema_names():
        raise UsageError(f"schema {name!r}: not known, wanted one of {', '.join(schema_names())}.")
    write_stdout(schema_text(name))
    return 0
