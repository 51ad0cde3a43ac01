"""Add what the journal or Prometheus knows."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.checkpoint_options import Checkpoint, NodeName
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError


class Options(NamedTuple):
    """Checkpoint."""

    files: Annotated[tuple[str, ...], argument("FILE...", "A journal (-o short-iso, json) or an answer of Prometheus, JSON.")] = ()
    place: Checkpoint = None
    node: NodeName = None


def run(session: Session, options: Options) -> int:
    """Adds kubelet starts that the journal or a saved range query tells of; what contradicts the history is told, and nothing is added."""
    from upgradecheck.checkpoint.operations import merge_starts
    from upgradecheck.cli.checkpoint_files import author, imported, named_node, path_of, store_of, tell_written

    if not options.files:
        raise UsageError("FILE is missing: name a saved journal (journalctl -u kubelet -o short-iso) or an answer of Prometheus.")
    identity = named_node(options.node, None)
    store = store_of(path_of(None, options.place))
    starts = [start for file in options.files for start in imported(file, identity.name)]
    tell_written(session, store.path, merge_starts(store, starts, author(identity)))
    return 0
