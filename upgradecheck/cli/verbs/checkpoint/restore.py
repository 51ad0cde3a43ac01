"""Put the backup or a copy in the place of a damaged checkpoint."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint, Force, NodeName
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.session import Session


class Options(NamedTuple):
    """Checkpoint."""

    copy: Annotated[str | None, argument("[COPY]", "A sealed copy. [default: the backup]")] = None
    place: Checkpoint = None
    node: NodeName = None
    force: Force = False


def run(session: Session, options: Options) -> int:
    """Puts the backup, or a copy of this node's checkpoint, in its place; what is there is set aside under another name."""
    from upgradecheck.checkpoint.operations import restore
    from upgradecheck.cli.checkpoint_files import author, copied, live_store, named_node, path_of, tell_written

    source = None if options.copy is None else copied(options.copy)
    store = live_store(path_of(None, options.place))
    tell_written(session, store.path, restore(store, source, author(named_node(options.node, source), force=options.force)))
    return 0
