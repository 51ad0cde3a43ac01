"""What is in force of the options, and from where."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument, option
from upgradecheck.cli.groups import Output
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

EPILOG = """\
Examples:
  What the environment and the configuration file set, of any command:
    upgradecheck config
  Every option of one command, defaults included:
    upgradecheck config plan
    upgradecheck config override apply
  What may stand in a configuration file, as a JSON Schema:
    upgradecheck config --schema > config.schema.json

A value on the command line wins over the environment, that over the file, and
that over the default. The file is the one that --config names, else
upgradecheck/config.yaml in $XDG_CONFIG_HOME (~/.config); never one in the
working directory. --config none reads none.
"""

SHOWS: Final = "config"


class Options(NamedTuple):
    """What is asked for."""

    words: Annotated[
        tuple[str, ...], argument("[COMMAND]...", "Every option of this command. [default: what is set, of all commands]")
    ] = ()
    schema: Annotated[bool, option("--schema", help="Print the JSON Schema of a configuration file.", variable=False)] = False


def run(session: Session, options: Options, output: Output) -> int:
    """Which options are in force, and does each come from the environment, the configuration file or a default?"""
    from upgradecheck.cli.configured import every_verb
    from upgradecheck.cli.in_force import in_force
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.model.wording import meant

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    if options.schema:
        import json

        from upgradecheck.cli.config_schema import config_schema
        from upgradecheck.cli.session import write_stdout

        if output.outputs or options.words:
            raise UsageError("--schema stands alone: the schema is JSON, and of all commands. Leave -o and COMMAND out.")
        write_stdout(json.dumps(config_schema(), indent=2) + "\n")
        return 0
    verbs, name = every_verb(), " ".join(options.words)
    if name and name not in verbs:
        raise UsageError(f'config {name!r}: no command is called so.{meant(name, verbs)} "upgradecheck --help" lists them.')
    assert session.configured is not None
    found = in_force(session.configured, [verbs[name]] if name else verbs.values(), defaults=bool(name))
    with open_sinks(wanted, session) as sinks:
        write_all([report.of(found) for report in wanted], sinks)
    return 0
