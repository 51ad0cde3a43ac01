"""A checkpoint out of a history written by hand."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Force
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.session import Session


class Options(NamedTuple):
    """Checkpoint."""

    history: Annotated[str, argument("HISTORY", "The history, YAML or JSON; - for standard input.")]
    file: Annotated[str, argument("CHECKPOINT", "The checkpoint to make of it.")]
    force: Force = False


def run(session: Session, options: Options) -> int:
    """A checkpoint out of a history written by hand; a checkpoint of the same node that is there is set aside."""
    from upgradecheck.checkpoint.operations import seal
    from upgradecheck.cli.checkpoint_files import author, hand_written, store_of, tell_written

    node, starts = hand_written(options.history)
    store = store_of(options.file)
    tell_written(session, store.path, seal(store, starts, author(node, force=options.force)))
    return 0
