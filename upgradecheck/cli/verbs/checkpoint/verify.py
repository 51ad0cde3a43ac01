"""Whether a checkpoint can be trusted: exit 0 or 1."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint, File, NodeName
from upgradecheck.cli.declaring import option
from upgradecheck.cli.session import Session, write_stdout
from upgradecheck.model.errors import EXIT_NO_REPORT


class Options(NamedTuple):
    """Checkpoint."""

    file: File = None
    place: Checkpoint = None
    node: NodeName = None
    minimum: Annotated[int | None, option("--min-serial", metavar="N", help="Refuse a state older than this one.", least=1)] = None


def run(session: Session, options: Options) -> int:
    """Whether a checkpoint can be trusted: checksum, format, order of its history, owner and mode of the file; exit 0 or 1."""
    from upgradecheck.cli.checkpoint_files import loaded, path_of, refuse, trouble

    path = path_of(options.file, options.place)
    found = loaded(path)
    if found.problem is not None or found.checkpoint is None:
        session.complain(str(refuse(path, found)))
        if found.from_backup:
            session.tell(f'checkpoint {path}: its backup is good; "upgradecheck checkpoint restore" puts it in its place.')
        return EXIT_NO_REPORT
    problem = trouble(path, found.checkpoint, options.node, options.minimum)
    if problem is not None:
        session.complain(str(problem))
        return EXIT_NO_REPORT
    checkpoint = found.checkpoint
    if not session.quiet:
        from upgradecheck.model.wording import count
        from upgradecheck.renderers.media.safe_text import safe_text

        starts = count(len(checkpoint.history), "kubelet start")
        newest = checkpoint.newest.kubelet_version
        write_stdout(safe_text(f"{path}: valid, node {checkpoint.node.name}, state {checkpoint.serial}, {starts}, newest {newest}") + "\n")
    return 0
