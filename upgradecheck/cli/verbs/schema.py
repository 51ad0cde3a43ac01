"""The JSON Schema of a report."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.completion import complete_schema
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

EPILOG = """\
Examples:
  upgradecheck schema
  upgradecheck schema plan > plan.schema.json
"""


class Options(NamedTuple):
    """Report."""

    name: Annotated[str | None, argument("[NAME]", "The report, such as plan. [default: list the names]", complete_schema)] = None


def run(session: Session, options: Options) -> int:
    """The JSON Schema of a report that -o json and -o yaml write; without a name, the names."""
    import json

    from upgradecheck.cli.session import write_stdout
    from upgradecheck.contract import v1

    names = v1.documents()
    if options.name is None:
        write_stdout("".join(f"{known}\n" for known in names))
        return 0
    if options.name not in names:
        raise UsageError(f"schema {options.name!r}: not known, wanted one of {', '.join(names)}.")
    write_stdout(json.dumps(v1.schema(options.name), indent=2) + "\n")
    return 0
