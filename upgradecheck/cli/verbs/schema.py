"""The JSON Schema of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.completion import complete_schema
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from importlib.abc import Traversable

_ENDING = ".schema.json"

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
    from upgradecheck.cli.session import write_stdout

    names = schema_names()
    if options.name is None:
        write_stdout("".join(f"{known}\n" for known in names))
        return 0
    if options.name not in names:
        raise UsageError(f"schema {options.name!r}: not known, wanted one of {', '.join(names)}.")
    write_stdout((_folder() / f"{options.name}{_ENDING}").read_text(encoding="utf-8"))
    return 0


def schema_names() -> tuple[str, ...]:
    """The reports that have a schema, sorted; found by their files."""
    return tuple(sorted(entry.name.removesuffix(_ENDING) for entry in _folder().iterdir() if entry.name.endswith(_ENDING)))


def _folder() -> Traversable:
    from importlib.resources import files

    return files("upgradecheck.renderers") / "schemas"
