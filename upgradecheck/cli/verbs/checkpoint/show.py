"""A checkpoint as a table, as JSON, or as YAML to edit."""

from __future__ import annotations

from typing import Final, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint, File
from upgradecheck.cli.groups import Output
from upgradecheck.cli.session import Session

SHOWS: Final = "checkpoint"


class Options(NamedTuple):
    """Checkpoint."""

    file: File = None
    place: Checkpoint = None


def run(session: Session, options: Options, output: Output) -> int:
    """The kubelets that a checkpoint records. -o yaml prints the form that "checkpoint seal" reads; -o json all members of the file."""
    from upgradecheck.cli.checkpoint_files import loaded, path_of, refuse
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    path = path_of(options.file, options.place)
    found = loaded(path)
    if found.checkpoint is None:
        raise refuse(path, found)
    if found.problem is not None:
        session.tell(f"checkpoint {path}: {found.problem.found}; this is its backup.")
    checkpoint = found.checkpoint
    with open_sinks(wanted, session) as sinks:
        write_all([report.of(checkpoint) for report in wanted], sinks)
    return 0
