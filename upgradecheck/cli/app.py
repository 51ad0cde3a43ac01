"""The commands, put together. Nothing heavy is imported before a command runs, so that --help answers at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from upgradecheck import __version__
from upgradecheck.cli.checkpoint import checkpoint_group
from upgradecheck.cli.diff import EPILOG as DIFF_EPILOG
from upgradecheck.cli.diff import diff_command
from upgradecheck.cli.doctor import EPILOG as DOCTOR_EPILOG
from upgradecheck.cli.doctor import doctor_command
from upgradecheck.cli.explain import EPILOG as EXPLAIN_EPILOG
from upgradecheck.cli.explain import explain_command
from upgradecheck.cli.hash import EPILOG as HASH_EPILOG
from upgradecheck.cli.hash import hash_command
from upgradecheck.cli.matrix import EPILOG as MATRIX_EPILOG
from upgradecheck.cli.matrix import matrix_command
from upgradecheck.cli.override import override_group
from upgradecheck.cli.plan import EPILOG as PLAN_EPILOG
from upgradecheck.cli.plan import plan_command
from upgradecheck.cli.schema import EPILOG as SCHEMA_EPILOG
from upgradecheck.cli.schema import schema_command
from upgradecheck.cli.versions import EPILOG as VERSIONS_EPILOG
from upgradecheck.cli.versions import versions_command

_EPILOG = """\
\b
Examples:
  upgradecheck plan --example
  upgradecheck plan --from 1.22.17 --to 1.30.14 -f pods.json -f nodes.json
  upgradecheck explain --example default/cache
  upgradecheck hash -f pod.json --kubelet 1.30,1.31
  upgradecheck matrix --minors 1.16..1.31
  upgradecheck diff 1.30 1.31
  upgradecheck versions v1.28.5+k3s1

\b
Exit codes of plan:
  0  complete, and nothing that --fail-on names
  1  no report could be made: conclude nothing
  2  restarts, recreations or rejections predicted
  3  undetermined: unknown verdicts, partial data, nothing examined
  4  hazards, if --fail-on names them
  64 usage error; 130, 143 interrupted

Every option of a command can also be set in the environment: --max-restarts is UPGRADECHECK_MAX_RESTARTS.
"""


def command() -> Any:
    """The whole command line, as typer's command object."""
    app = typer.Typer(
        name="upgradecheck",
        help="Tells, before a kubelet upgrade, which containers the new kubelet will kill and recreate, and why.",
        epilog=_EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command("plan", short_help="Who restarts, why, and how sure that is.", epilog=PLAN_EPILOG)(plan_command)
    app.command("explain", short_help="One pod: the kubelet's decision step by step.", epilog=EXPLAIN_EPILOG)(explain_command)
    app.command("hash", short_help="Container hashes of given pods under given kubelets.", epilog=HASH_EPILOG)(hash_command)
    app.command("matrix", short_help="What restarts, for every pair of minors.", epilog=MATRIX_EPILOG)(matrix_command)
    app.command("diff", short_help="What two kubelet versions hash and compare differently.", epilog=DIFF_EPILOG)(diff_command)
    app.command("versions", short_help="Kubelet versions known; a version string explained.", epilog=VERSIONS_EPILOG)(versions_command)
    app.command("doctor", short_help="Could plan see all that it needs from here?", epilog=DOCTOR_EPILOG)(doctor_command)
    app.add_typer(checkpoint_group(), name="checkpoint")
    app.add_typer(override_group(), name="override")
    app.command("schema", short_help="The JSON Schema of a report.", epilog=SCHEMA_EPILOG)(schema_command)
    return typer.main.get_command(app)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"upgradecheck {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the program's version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Tells, before a kubelet upgrade, which containers the new kubelet will kill and recreate, and why."""
