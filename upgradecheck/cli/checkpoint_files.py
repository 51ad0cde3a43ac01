"""What the checkpoint commands share: which file is meant, who writes it, and what is told afterwards.

A file is live, and so looked at with all care, if it is the default one, named with --checkpoint for a command that keeps it, or has a lock
beside it; any other is a copy.
"""

from __future__ import annotations

import os
import sys
import time

from upgradecheck import __version__
from upgradecheck.checkpoint import DEFAULT_PATH, CheckpointStore, is_live, load
from upgradecheck.checkpoint.errors import CheckpointRefused
from upgradecheck.checkpoint.operations import Author, WrittenCheckpoint
from upgradecheck.cli.session import Session
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.log import is_kubelet_log, read_kubelet_log
from upgradecheck.decode.kubelet.prometheus_history import read_prometheus
from upgradecheck.entry import read_file
from upgradecheck.formats.checkpoint_history import read_history
from upgradecheck.machine.node import Machine, this_node
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Loaded, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.planning.evidence.staleness import is_foreign

_LARGEST = 512 << 20


def path_of(file: str | None, place: str | None) -> str:
    """The file meant: as an argument, else with --checkpoint, else the default."""
    return file or place or DEFAULT_PATH


def loaded(path: str) -> Loaded:
    """What stands there, looked at as its kind asks for."""
    return load(path, live=is_live(path))


def store_of(path: str) -> CheckpointStore:
    """Where to write it, live or not."""
    return CheckpointStore(path, live=is_live(path))


def live_store(path: str) -> CheckpointStore:
    """Where a node writes its own."""
    return CheckpointStore(path)


def copied(path: str) -> Checkpoint:
    """A copy that can be used.

    Raises:
        CheckpointRefused: it cannot.
    """
    found = loaded(path)
    if found.checkpoint is None or found.problem is not None:
        raise refuse(path, found)
    return found.checkpoint


def refuse(path: str, found: Loaded) -> CheckpointRefused:
    """The error for a checkpoint with a problem."""
    assert found.problem is not None
    return CheckpointRefused(path, found.problem)


def trouble(path: str, checkpoint: Checkpoint, node: str | None, minimum: int | None) -> CheckpointRefused | None:
    """What is wrong with a file that is whole: another node's, or a state that was replaced."""
    foreign = None if node is None else is_foreign(checkpoint, NodeIdentity(node))
    if foreign is not None:
        return CheckpointRefused(path, foreign)
    if minimum is not None and checkpoint.serial < minimum:
        found = f"is state {checkpoint.serial}, and state {minimum} or a later one is wanted"
        return CheckpointRefused(path, Problem(ProblemKind.OLDER_SERIAL, found, "Take the newer one from its backup or a copy."))
    return None


def author(node: NodeIdentity, *, force: bool = False) -> Author:
    """This program, now."""
    return Author(node, f"upgradecheck {__version__}", time.time_ns(), force)


def named_node(name: str | None, source: Checkpoint | None) -> NodeIdentity:
    """The node that a command is about; on another machine than the node, a name given is all that is known of it."""
    here = this_node(Machine(), name)
    if name is not None and name.lower() != os.uname().nodename.strip().lower():
        return NodeIdentity(name)
    return here


def hand_written(path: str) -> tuple[NodeIdentity, tuple[KubeletStart, ...]]:
    """A history out of a file.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        data = content(path)
        return guarded(lambda: read_history(data))
    except SpecRefused as error:
        form = 'the form that "upgradecheck checkpoint show -o yaml" prints (docs/checkpoint.md)'
        raise InputError(f"{path}: {error}.\nWanted is {form}.") from error


def imported(path: str, node: str) -> tuple[KubeletStart, ...]:
    """The kubelet starts that a file tells of, whatever its form.

    Raises:
        InputError: it cannot be read, or tells of none.
    """
    data = content(path)
    try:
        return guarded(lambda: _starts_in(data, node))
    except SpecRefused as error:
        forms = "the kubelet's journal (journalctl -u kubelet -o short-iso) or an answer of Prometheus to query_range"
        raise InputError(f"{path}: {error}.\nWanted is {forms}.") from error


def _starts_in(data: bytes, node: str) -> tuple[KubeletStart, ...]:
    if is_kubelet_log(data[:65536].decode("utf-8", "replace")):
        return read_kubelet_log(data.decode("utf-8", "replace"))
    return read_prometheus(data, node)


def content(path: str) -> bytes:
    """A whole input file.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if path == "-" else read_file(path, _LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Name a file that is there and readable.") from error
    if len(data) > _LARGEST:
        raise InputError(f"{path}: is larger than {_LARGEST >> 20} MiB. Take less of it (journalctl --since, a longer step).")
    return data


def tell_written(session: Session, path: str, written: WrittenCheckpoint) -> None:
    """What was done, on stderr."""
    for remark in written.remarks:
        session.tell(remark)
    state = f"state {written.checkpoint.serial} of node {written.checkpoint.node.name}"
    session.tell(f"checkpoint {path}: {f'saved as {state}' if written.changed else f'nothing new, {state} stays'}.")
